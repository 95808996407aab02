"""A migration that is killed at any moment: the target is old or new, complete."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TRIALS = 6

#: Migrates in children that are killed after a random part of the time that it takes, and prints what was left.
HARNESS = """
import json, os, pathlib, random, shutil, signal, sys, time

import cfgcore
from cfgcore.store.opening import open_store
from cfgcore_models import plugin

folder, url, before, trials, seed = pathlib.Path(sys.argv[1]), *sys.argv[2:4], int(sys.argv[4]), int(sys.argv[5])
random.seed(seed)
how = {"plugins": [plugin], "plugin_group": None}
source, target = folder / "old.json", folder / "work" / url.rpartition("/")[2]
url = f"sqlite:///{target}" if url.startswith("sqlite") else str(target)


def prepare():
    shutil.rmtree(target.parent, ignore_errors=True)
    target.parent.mkdir()
    if before == "store":
        cfgcore.migrate(folder / "first.json", url, **how)
    elif before == "foreign":
        target.write_text("not a store")


def left():
    journal = target.with_name(target.name + ".journal")
    if not target.exists() and not journal.exists():
        return "absent"
    if before == "foreign" and not journal.exists() and target.read_bytes() == b"not a store":
        return "foreign"
    store = open_store(url)
    try:
        document = store.read(["user/local"]).documents["user/local"]
        return json.dumps(dict(document.values.get("models", {})), sort_keys=True)
    finally:
        store.close()


def trial(delay):
    prepare()
    child = os.fork()
    if child == 0:
        cfgcore.migrate(source, url, force=before == "foreign", **how)
        os._exit(0)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = left()
    cfgcore.migrate(source, url, force=True, **how)
    litter = [one.name for one in target.parent.iterdir() if "migrating" in one.name or one.name.endswith(".tmp")]
    return found, left(), litter


prepare()
start = time.perf_counter()
cfgcore.migrate(source, url, force=True, **how)
took = time.perf_counter() - start
print(json.dumps([trial(random.uniform(0, 1.5 * took)) for _ in range(trials)]))
"""

OLD = {"preferred_models": ["gpt2"]}
NEW = {"blocked_models": ["acme/model"], "preferred_models": ["gpt2", "bert"]}


@pytest.mark.skipif(os.name != "posix", reason="children are forked")
@pytest.mark.parametrize("url", ["new.json", "sqlite:///new.db"])
@pytest.mark.parametrize("before", ["absent", "store", "foreign"])
def test_a_killed_migration_leaves_old_or_new(url: str, before: str, tmp_path: Path) -> None:
    """What is left is what was there or the whole result; the next migration succeeds, and clears what is left."""
    for name, preferences in {"first": OLD, "old": NEW}.items():
        data = {"config_schema_version": "1", "user_preferences": preferences}
        (tmp_path / f"{name}.json").write_text(json.dumps(data), "utf-8")
    seed = int.from_bytes(os.urandom(4), "big")
    arguments = [str(tmp_path), url, before, str(TRIALS), str(seed)]
    done = subprocess.run(
        [sys.executable, "-c", HARNESS, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert 0 == done.returncode, f"seed {seed}\n{done.stderr}"
    old = {"absent": "absent", "foreign": "foreign", "store": json.dumps(OLD, sort_keys=True)}[before]
    new = json.dumps(NEW, sort_keys=True)
    for found, after, litter in json.loads(done.stdout):
        assert found in (old, new), f"seed {seed}"
        assert (new, []) == (after, litter), f"seed {seed}"
