"""The `notification` section: its defaults and its bounds."""

import dataclasses

import pytest

import cfgcore
from cfgcore_notifications import NotificationConfig, plugin

DEFAULTS = {
    "enabled": True,
    "download_progress": True,
    "health_alerts": True,
    "update_notifications": True,
    "fallback_notifications": True,
    "analytics_reports": False,
    "email_notifications": False,
    "webhook_url": None,
}


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_defaults() -> None:
    """Without any configuration every setting has the default of the reference, and there are no others."""
    with opened() as config:
        assert DEFAULTS == dataclasses.asdict(config[NotificationConfig])


@pytest.mark.parametrize(
    "address", ["https://example.org/hooks/1?token=a", "http://localhost:8080", "https://example.org"]
)
def test_web_addresses_are_accepted(address: str) -> None:
    """A webhook is any http or https address."""
    with opened(APP_NOTIFICATION__WEBHOOK_URL=address) as config:
        assert address == config[NotificationConfig].webhook_url


@pytest.mark.parametrize(
    "address", ["ftp://example.org/hook", "example.org/hook", "https://", "https:///hook", "https://example.org/a b"]
)
def test_other_addresses_are_refused(address: str) -> None:
    """What is no http or https address is refused, and the refusal does not repeat it: it may hold a token."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(APP_NOTIFICATION__WEBHOOK_URL=address)
    assert ["notification.webhook_url"] == [problem.path for problem in refusal.value.problems]
    assert address not in str(refusal.value)


def test_webhook_stays_secret() -> None:
    """The webhook's address appears neither in the representation of its section nor in its explanation."""
    address = "https://example.org/hooks/canary"
    with opened(APP_NOTIFICATION__WEBHOOK_URL=address) as config:
        assert "canary" not in repr(config[NotificationConfig])
        assert "canary" not in str(config.explain("notification.webhook_url"))
