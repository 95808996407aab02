"""What older files call settings, policies and flags, and the defaults of the applications that wrote them.

Those files dump every value: one that is equal to the default of then was not set by anybody. The defaults stay as they
were, whatever those of the plugins become.
"""

from collections.abc import Mapping
from typing import Any

#: The attributes of ``user_preferences`` that stood in no table: section `models`.
PREFERENCES: Mapping[str, Any] = {"automation_level": "semi_automatic", "preferred_models": [], "blocked_models": []}

#: The tables of ``user_preferences``, each with the section it is today.
SECTIONS: Mapping[str, str] = {
    "download_config": "download",
    "health_monitoring": "health",
    "fallback_config": "fallback",
    "analytics_config": "analytics",
    "update_config": "updates",
    "notification_config": "notification",
    "storage_config": "storage",
}

#: The settings of each section.
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "download": {
        "max_retries": 3,
        "retry_delay_base": 2.0,
        "max_retry_delay": 300.0,
        "bandwidth_limit_mbps": None,
        "max_concurrent_downloads": 2,
        "enable_resume": True,
        "enable_pause": True,
        "chunk_size_mb": 10.0,
        "verify_integrity": True,
        "cleanup_failed_downloads": True,
    },
    "health": {
        "enabled": True,
        "check_interval_hours": 24,
        "integrity_check_enabled": True,
        "performance_monitoring_enabled": True,
        "auto_repair_enabled": False,
        "corruption_threshold": 0.1,
        "performance_degradation_threshold": 0.3,
        "cleanup_corrupted_models": False,
    },
    "fallback": {
        "enabled": True,
        "suggest_alternatives": True,
        "auto_queue_requests": False,
        "compatibility_threshold": 0.7,
        "max_wait_time_minutes": 60,
        "prefer_local_models": True,
        "fallback_to_mock_enabled": True,
    },
    "analytics": {
        "enabled": True,
        "collect_usage_stats": True,
        "collect_performance_metrics": True,
        "retention_days": 90,
        "anonymize_data": True,
        "share_analytics": False,
        "enable_recommendations": True,
        "auto_cleanup_suggestions": False,
    },
    "updates": {
        "enabled": True,
        "auto_check_updates": True,
        "check_interval_hours": 168,
        "auto_download_updates": False,
        "auto_install_updates": False,
        "backup_before_update": True,
        "rollback_on_failure": True,
        "update_during_low_usage": True,
    },
    "notification": {
        "enabled": True,
        "download_progress": True,
        "health_alerts": True,
        "update_notifications": True,
        "fallback_notifications": True,
        "analytics_reports": False,
        "email_notifications": False,
        "webhook_url": None,
    },
    "storage": {
        "max_storage_gb": None,
        "cleanup_threshold_percent": 85.0,
        "min_free_space_gb": 5.0,
        "auto_cleanup_enabled": False,
        "preserve_recent_models_days": 7,
        "preserve_frequently_used": True,
    },
}

#: The policies of ``admin_policies``, each with its path of today and its default.
POLICIES: Mapping[str, tuple[str, Any]] = {
    "enforce_storage_limits": ("policies.storage.enforce_storage_limits", True),
    "max_user_storage_gb": ("policies.storage.max_user_storage_gb", None),
    "allow_external_downloads": ("policies.download.allow_external_downloads", True),
    "bandwidth_limit_per_user_mbps": ("policies.download.bandwidth_limit_per_user_mbps", None),
    "security_scan_required": ("policies.download.security_scan_required", False),
    "require_approval_for_updates": ("policies.updates.require_approval_for_updates", False),
    "max_concurrent_users": ("policies.models.max_concurrent_users", None),
    "allowed_model_sources": ("policies.models.allowed_model_sources", ["huggingface", "local"]),
    "blocked_model_patterns": ("policies.models.blocked_model_patterns", []),
    "audit_logging_enabled": ("policies.audit.audit_logging_enabled", True),
}

#: The flags of ``feature_flags``.
FLAGS: Mapping[str, bool] = {
    "enhanced_downloads": True,
    "health_monitoring": True,
    "intelligent_fallback": True,
    "usage_analytics": True,
    "auto_updates": False,
    "real_time_notifications": True,
}
