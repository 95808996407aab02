"""The `notification` section."""

from cfgcore import section, setting

WEB_ADDRESS = r"https?://[^\s/?#]+([/?#]\S*)?"


@section("notification", version=1, title="Notifications", aliases=("notification_config",))
class NotificationConfig:
    """What users are told about their models, and how."""

    enabled: bool = setting(True, help="Send notifications at all; off silences every kind.")
    download_progress: bool = setting(True, help="Tell how downloads get on.")
    health_alerts: bool = setting(True, help="Tell when a model is corrupted, or becomes slow.")
    update_notifications: bool = setting(True, help="Tell when an update is found, installed, or fails.")
    fallback_notifications: bool = setting(True, help="Tell when another model answers than the requested one.")
    analytics_reports: bool = setting(False, help="Send regular reports on the use of models.")
    email_notifications: bool = setting(False, help="Send notifications by e-mail as well.")
    webhook_url: str | None = setting(
        None,
        pattern=WEB_ADDRESS,
        secret=True,
        help="Web address (http or https) that notifications are posted to; a secret, for it often carries a token.",
    )
