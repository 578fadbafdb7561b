"""The configuration tree: one frozen model per stack below one root. It reads no file and knows no source of values."""

from config.models.base import Architecture, Environment, Model, PythonRuntime, Removal
from config.models.configuration import LOCAL_ACCOUNT, Configuration
from config.models.dns import Dns, NameCheck, NameCheckKind, Records, Routing, ZoneVisibility
from config.models.fleet import Fleet, HealthCheck, Scheme
from config.models.functions import Functions, FunctionSettings
from config.models.identity import Identity
from config.models.image import Image
from config.models.network import Egress, Endpoint, ExistingNetwork, NetworkSettings
from config.models.observability import Observability
from config.models.proxy import Proxy
from config.models.storage import Storage

__all__ = [
    "LOCAL_ACCOUNT",
    "Architecture",
    "Configuration",
    "Dns",
    "Egress",
    "Endpoint",
    "Environment",
    "ExistingNetwork",
    "Fleet",
    "FunctionSettings",
    "Functions",
    "HealthCheck",
    "Identity",
    "Image",
    "Model",
    "NameCheck",
    "NameCheckKind",
    "NetworkSettings",
    "Observability",
    "Proxy",
    "PythonRuntime",
    "Records",
    "Removal",
    "Routing",
    "Scheme",
    "Storage",
    "ZoneVisibility",
]
