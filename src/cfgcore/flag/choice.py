"""What a targeting rule chooses: one of the flag's outcomes, each of which is made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from cfgcore.flag.definition import Definition
from cfgcore.flag.outcome import Evaluation, Reason, failure
from cfgcore.flag.rule import Expression, Rules
from cfgcore.flag.semantics import text, truth
from cfgcore.flag.split import Continuation, decided, split_of
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import freeze
from cfgcore.values.origin import Path
from cfgcore.values.suggest import did_you_mean

Choice: TypeAlias = Continuation[Evaluation]


@dataclass(frozen=True, slots=True)
class Step:
    """One decision on the way to a variant: where in the definition it stands, and what was decided."""

    place: str
    told: str
    bucket: Bucket | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A user's bucket: the key that was hashed, the number of `total` it fell on, and the numbers of the variant.

    The variant's numbers go from `low` to one below `high`.
    """

    key: str
    number: int
    total: int
    low: int
    high: int


Watch: TypeAlias = Callable[[Step], None]


class Chooser:
    """Compiles the rule of a definition into a closure that returns one of its outcomes.

    With `watch`, every decision on the way is told, which explains and is slower.
    """

    def __init__(self, rules: Rules, definition: Definition, revision: int, watch: Watch | None = None) -> None:
        self._rules = rules
        self._definition = definition
        self._revision = revision
        self._watch = watch
        self._made: dict[tuple[str | None, Reason], Evaluation] = {}

    def outcome(self, variant: str | None, reason: Reason) -> Evaluation:
        """Return the one outcome of a variant for a reason; without a variant it has the caller's default."""
        made = self._made.get((variant, reason))
        if made is None:
            value = ABSENT if variant is None else freeze(self._definition.variants[variant])
            made = Evaluation(self._definition.key, value, variant, reason, self._revision)
            self._made[variant, reason] = made
        return made

    @property
    def default(self) -> Evaluation:
        """The outcome where a rule chooses nothing."""
        return self.outcome(self._definition.default_variant, "DEFAULT")

    def choice(self, rule: Any, place: Path, reason: Reason = "TARGETING_MATCH") -> Choice:
        """Compile `rule`, whose value names a variant; null stands for the default one."""
        if not isinstance(rule, (Mapping, list)):
            return self._literal(rule, place, reason)
        operator = self._rules.operator_of(rule, place) if isinstance(rule, Mapping) else ""
        arguments = rule[operator] if operator and isinstance(rule, Mapping) else None
        if operator == "$ref":
            with self._rules.referred(arguments, place) as found:
                return self.choice(*found, reason) if found and self._rules.counted(place) else self._default
        if operator == "if" and isinstance(arguments, list) and len(arguments) > 1:
            return self._if(arguments, (*place, "if"), reason)
        if operator == "fractional" and isinstance(arguments, list):
            return self._split(arguments, (*place, "fractional"))
        return self._computed(self._rules.value(rule, place), reason)

    def _default(self, _key: str | None, _context: Any) -> Evaluation:
        return self.default

    def _literal(self, value: Any, place: Path, reason: Reason) -> Choice:
        if not self._rules.counted(place):
            return self._default
        variant = None if value is None else text(value)
        if variant is not None and variant not in self._definition.variants:
            hint = did_you_mean(variant, self._definition.variants)
            self._rules.wrong(place, f"there is no variant {value!r}.{hint}")
            return self._default
        outcome = self.default if variant is None else self.outcome(variant, reason)
        return lambda _key, _context: outcome

    def _computed(self, rule: Expression, reason: Reason) -> Choice:
        variants, default = self._definition.variants, self.default
        outcomes = {variant: self.outcome(variant, reason) for variant in variants}

        def named(key: str | None, context: Any) -> Evaluation:
            value = rule(key, context)
            if value is None:
                return default
            variant = text(value)
            return outcomes[variant] if variant in outcomes else self._unknown(variant)

        return named

    def _unknown(self, variant: str) -> Evaluation:
        message = f"the rule gave {variant[:100]!r}, which is no variant of the flag"
        return failure(self._definition.key, "GENERAL", message, self._revision)

    def _if(self, arguments: Sequence[Any], place: Path, reason: Reason) -> Choice:
        if not self._rules.counted(place):
            return self._default
        pairs = list(self._branches(arguments, place, reason))
        last = (
            self.choice(arguments[-1], (*place, str(len(arguments) - 1)), reason)
            if len(arguments) % 2
            else self._default
        )
        if self._watch is not None:
            pairs, last = _watched(self._watch, pairs, last, place)
        if len(pairs) == 1:
            ((condition, then),) = pairs
            return lambda key, context: (then if truth(condition(key, context)) else last)(key, context)

        def branch(key: str | None, context: Any) -> Evaluation:
            for condition, then in pairs:
                if truth(condition(key, context)):
                    return then(key, context)
            return last(key, context)

        return branch

    def _branches(self, arguments: Sequence[Any], place: Path, reason: Reason) -> Iterator[tuple[Expression, Choice]]:
        for index in range(0, len(arguments) - 1, 2):
            condition = self._rules.value(arguments[index], (*place, str(index)))
            yield condition, self.choice(arguments[index + 1], (*place, str(index + 1)), reason)

    def _split(self, arguments: list[Any], place: Path) -> Choice:
        split = split_of(self._rules, arguments, place)
        if split is None or not self._rules.counted(place):
            return self._default
        ways = [self.choice(part.variant, (*part.place, "0"), "SPLIT") for part in split.parts]
        if self._watch is None:
            return decided(self._definition.key, split, ways, self._default)
        watch, dotted = self._watch, ".".join(place)

        def observe(key: str, number: int, bounds: Sequence[int], chosen: int) -> None:
            low = bounds[chosen - 1] if chosen else 0
            bucket = Bucket(key, number, bounds[-1], low, bounds[chosen])
            watch(Step(dotted, f"bucket {number} of {bounds[-1]} lies in {low} to {bounds[chosen] - 1}", bucket))

        def nobody(_key: str | None, _context: Any) -> Evaluation:
            watch(Step(dotted, "there is no key to make a bucket of"))
            return self.default

        return decided(self._definition.key, split, ways, nobody, observe)


_Pairs: TypeAlias = "list[tuple[Expression, Choice]]"


def _watched(watch: Watch, pairs: _Pairs, last: Choice, place: Path) -> tuple[_Pairs, Choice]:
    """Return the branches of a condition, each of which says so when it is taken."""

    def told(way: Choice, where: str, what: Literal["the condition holds", "no condition holds"]) -> Choice:
        def taken(key: str | None, context: Any) -> Evaluation:
            watch(Step(where, what))
            return way(key, context)

        return taken

    told_pairs = [
        (condition, told(then, ".".join((*place, str(2 * index))), "the condition holds"))
        for index, (condition, then) in enumerate(pairs)
    ]
    return told_pairs, told(last, ".".join(place), "no condition holds")
