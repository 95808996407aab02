"""How models are downloaded."""

from cfgcore_downloader.section import DownloadConfig, DownloadPolicies

__all__ = ["DownloadConfig", "DownloadPolicies"]
