"""The configuration tree: one frozen model per stack below one root. It reads no file and knows no source of values."""

from config.models.base import LOCAL, PRODUCTION, Architecture, Model, PythonRuntime, Removal
from config.models.cache import Cache, CacheBackend, Valkey
from config.models.configuration import Configuration
from config.models.dns import Dns, NameCheck, NameCheckKind, Records, Routing, ZoneVisibility
from config.models.fleet import Fleet, HealthCheck, Listener, Protocol, Rollout, Scaling, Scheme
from config.models.functions import Functions, FunctionSettings, LogLevel
from config.models.identity import GitHub, Identity
from config.models.image import Image
from config.models.network import Egress, Endpoint, ExistingNetwork, NetworkSettings
from config.models.observability import Budget, Cost, Observability
from config.models.proxy import Proxy
from config.models.rules import LOCAL_ACCOUNT
from config.models.storage import Bucket, Encryption, LifecycleRule, Storage

__all__ = [
    "LOCAL",
    "LOCAL_ACCOUNT",
    "PRODUCTION",
    "Architecture",
    "Bucket",
    "Budget",
    "Cache",
    "CacheBackend",
    "Configuration",
    "Cost",
    "Dns",
    "Egress",
    "Encryption",
    "Endpoint",
    "ExistingNetwork",
    "Fleet",
    "FunctionSettings",
    "Functions",
    "GitHub",
    "HealthCheck",
    "Identity",
    "Image",
    "LifecycleRule",
    "Listener",
    "LogLevel",
    "Model",
    "NameCheck",
    "NameCheckKind",
    "NetworkSettings",
    "Observability",
    "Protocol",
    "Proxy",
    "PythonRuntime",
    "Records",
    "Removal",
    "Rollout",
    "Routing",
    "Scaling",
    "Scheme",
    "Storage",
    "Valkey",
    "ZoneVisibility",
]
