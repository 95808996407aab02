"""What is shown of a store's URL."""

from __future__ import annotations

import pytest

from cfgcore.store.address import shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("config.json", "config.json"),
        ("sqlite:////var/lib/app:1/config.db", "sqlite:////var/lib/app:1/config.db"),
        ("etcd://[::1]:2379/app", "etcd://[::1]:2379/app"),
        ("postgresql://alice:canary@db.example:5432/app", "postgresql://alice@db.example:5432/app"),
        ("postgresql://alice:can@ary/x@db.example/app", "postgresql://alice@db.example/app"),
        ("postgresql://:canary@db.example/app", "postgresql://@db.example/app"),
        ("redis://db.example/0?password=canary", "redis://db.example/0"),
        ("redis://db.example/0?ssl=1&Auth_Token=canary&db=2", "redis://db.example/0?ssl=1&db=2"),
        (
            "postgresql://db.example/app?sslkeypassword=canary&sslmode=require",
            "postgresql://db.example/app?sslmode=require",
        ),
    ],
)
def test_a_url_is_shown_without_what_is_secret(url: str, expected: str) -> None:
    """Whatever its scheme; what is no secret stays as it is."""
    assert expected == shown(url)
