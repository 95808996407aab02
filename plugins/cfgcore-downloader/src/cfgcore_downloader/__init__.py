"""How models are downloaded."""

from cfgcore_downloader.section import DownloadConfig

__all__ = ["DownloadConfig"]
