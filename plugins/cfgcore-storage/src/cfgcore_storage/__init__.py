"""How much space models may take, and what is cleaned up."""

from cfgcore_storage.section import StorageConfig, StoragePolicies

__all__ = ["StorageConfig", "StoragePolicies"]
