"""Service Quotas: AWS's defaults, of what our stacks can run into. The emulator enforces none of them."""

from __future__ import annotations

from emulator.account.quotas import SERVICE_NAMES, Quota, quotas_of
from emulator.plugin.resources import account, region
from emulator.plugin.services import Json, Service, ServiceError, page, register


def _quotas(code: str) -> list[Quota]:
    found = quotas_of(code, region())
    if found is None:
        raise ServiceError(
            "NoSuchResourceException",
            f"the embedded AWS knows no quotas of the service {code!r}; it knows those of {', '.join(SERVICE_NAMES)}",
        )
    return found


def _shown(quota: Quota) -> Json:
    where = ":" if quota.is_global else f"{region()}:"
    return {
        "ServiceCode": quota.service,
        "ServiceName": SERVICE_NAMES[quota.service],
        "QuotaArn": f"arn:aws:servicequotas:{where}{account()}:{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": float(quota.value),
        "Unit": quota.unit,
        "Adjustable": True,
        "GlobalQuota": quota.is_global,
    }


def _get(request: Json) -> Json:
    for quota in _quotas(request["ServiceCode"]):
        if quota.code == request["QuotaCode"]:
            return {"Quota": _shown(quota)}
    known = ", ".join(quota.code for quota in _quotas(request["ServiceCode"]))
    raise ServiceError(
        "NoSuchResourceException",
        f"the embedded AWS knows no quota {request['QuotaCode']} of {request['ServiceCode']}; it knows {known}",
    )


def _list(request: Json) -> Json:
    shown, rest = page(_quotas(request["ServiceCode"]), request, 100)
    return {"Quotas": [_shown(quota) for quota in shown], **rest}


SERVICE = Service(
    "servicequotas",
    "Service Quotas",
    {
        "GetServiceQuota": _get,
        "GetAWSDefaultServiceQuota": _get,
        "ListServiceQuotas": _list,
        "ListAWSDefaultServiceQuotas": _list,
    },
)


def install() -> None:
    """Add the service."""
    register(SERVICE)
