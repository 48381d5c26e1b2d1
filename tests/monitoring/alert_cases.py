"""What each alert is to notice: how the metrics of a healthy suite change, when it fires, and when it does not yet.

Values are promtool's: `1x5` is 1 and five more, `0+2x5` goes up by 2, `_x5` is no sample. One a minute, or one an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NOW = "0+{step}x{count}"
"""A time stamp that is always of this moment."""

HEALTHY = {
    'up{job="soniclayer"}': "1x{count}",
    "soniclayer_workers_alive": "2x{count}",
    "soniclayer_redis_up": "1x{count}",
    "soniclayer_redis_memory_bytes": "1e8x{count}",
    "soniclayer_redis_max_memory_bytes": "1e9x{count}",
    'soniclayer_queue_depth{queue="transcribe"}': "3x{count}",
    'soniclayer_queue_running{queue="transcribe"}': "2x{count}",
    'soniclayer_queue_oldest_age_seconds{queue="prepare"}': "2x{count}",
    'soniclayer_queue_oldest_age_seconds{queue="transcribe"}': "1200x{count}",
    'soniclayer_step_timestamp_seconds{stage="transcribe"}': NOW,
    'soniclayer_stage_seconds_count{stage="transcribe"}': "0+10x{count}",
    'soniclayer_stage_failures_total{stage="transcribe",code="engine"}': "4x{count}",
    'soniclayer_engine_deaths_total{code="engine_died"}': "3x{count}",
    'soniclayer_langflow_breaker_open{flow="gen_z"}': "0x{count}",
    'soniclayer_http_requests_total{method="GET",route="/recordings",status="200"}': "0+60x{count}",
    'soniclayer_http_requests_total{method="GET",route="/recordings",status="500"}': "7x{count}",
    'soniclayer_http_requests_total{method="GET",route="/health/ready",status="503"}': "0+60x{count}",
    "soniclayer_certificate_expiry_timestamp_seconds": "1e9x{count}",
    "soniclayer_store_free_bytes": "2e11x{count}",
    "soniclayer_store_size_bytes": "1e12x{count}",
    "soniclayer_backup_ok": "1x{count}",
    "soniclayer_backup_success_timestamp_seconds": NOW,
    "soniclayer_drill_ok": "1x{count}",
    "soniclayer_drill_success_timestamp_seconds": NOW,
}

QUEUE = 'soniclayer_queue_oldest_age_seconds{queue="prepare"}'
FAILURES = 'soniclayer_stage_failures_total{stage="transcribe",code="engine"}'
ERRORS = 'soniclayer_http_requests_total{method="GET",route="/recordings",status="500"}'
GIB = 2**30


@dataclass(frozen=True)
class Case:
    """One way to fall ill. `silent` and `fires` are minutes, or hours where `step` is 3600 s.

    In `with_it` are alerts that are right to fire too.
    """

    alert: str
    changes: dict[str, str | None] = field(default_factory=dict)
    silent: int = 0
    fires: int = 1
    with_it: tuple[str, ...] = ()
    step_s: int = 60


HOUR = 3600
NEVER_BACKED_UP = {"soniclayer_backup_success_timestamp_seconds": None}
NEVER_DRILLED = {"soniclayer_drill_success_timestamp_seconds": None}
REDIS_AWAY = dict.fromkeys(
    (name for name in HEALTHY if "_redis_m" in name or "_queue_" in name or "_alive" in name), None
)

CASES = (
    Case(
        "SonicLayerBackendDown",
        {name: None for name in HEALTHY if name[:2] != "up"} | {'up{job="soniclayer"}': "0x{count}"},
        1,
        3,
    ),
    Case("SonicLayerBackendDown", dict.fromkeys(HEALTHY), 1, 3),
    Case("SonicLayerWorkersDown", {"soniclayer_workers_alive": "2x10 0x{count}"}, 12, 14),
    Case("SonicLayerWorkerMissing", {"soniclayer_workers_alive": "2x10 1x{count}"}, 20, 22),
    Case("SonicLayerWorkerMissing", {"soniclayer_workers_alive": "2x10 1x{count}"}, 9, 30, step_s=HOUR),
    Case("SonicLayerRedisDown", REDIS_AWAY | {"soniclayer_redis_up": "0x{count}"}, 1, 3),
    Case("SonicLayerRedisMemoryHigh", {"soniclayer_redis_memory_bytes": "7.5e8x{count}"}, 9, 11),
    Case("SonicLayerRedisFull", {"soniclayer_redis_memory_bytes": "9e8x{count}"}, 1, 3),
    Case("SonicLayerNoProgress", {'soniclayer_step_timestamp_seconds{stage="transcribe"}': "0x{count}"}, 14, 16),
    Case("SonicLayerNoProgress", {'soniclayer_step_timestamp_seconds{stage="transcribe"}': None}, 9, 11),
    Case("SonicLayerQueueOld", {QUEUE: "0+60x{count}"}, 14, 17),
    Case("SonicLayerQueueOld", {QUEUE.replace("prepare", "evaluate"): "4000x{count}"}, 4, 6),
    Case("SonicLayerStepsFail", {FAILURES: "0+1x{count}"}, 5, 15),
    Case(
        "SonicLayerMostStepsFail",
        {FAILURES: "0+11x{count}"},
        0,
        6,
        with_it=("SonicLayerStepsFail",),
    ),
    Case(
        "SonicLayerEngineDies",
        {'soniclayer_engine_deaths_total{code="engine_died"}': "3x20 4 5 6 7 8 9x{count}"},
        21,
        30,
    ),
    Case(
        "SonicLayerBreakerOpen", {'soniclayer_langflow_breaker_open{flow="gen_z"}': "1x5 0.5 1x5 0.5 1x{count}"}, 9, 11
    ),
    Case("SonicLayerServerErrors", {ERRORS: "0+5x{count}"}, 4, 10),
    Case(
        "SonicLayerCertificateExpires",
        {"soniclayer_certificate_expiry_timestamp_seconds": f"{20 * 86400}x{{count}}"},
        59,
        61,
    ),
    Case(
        "SonicLayerCertificateExpiresNow",
        {"soniclayer_certificate_expiry_timestamp_seconds": f"{2 * 86400}x{{count}}"},
        4,
        6,
    ),
    Case("SonicLayerDiskLow", {"soniclayer_store_free_bytes": f"{9 * GIB}x{{count}}"}, 4, 6),
    Case("SonicLayerDiskFull", {"soniclayer_store_free_bytes": f"{3 * GIB}x{{count}}"}, 1, 3),
    Case("SonicLayerDiskFillsUp", {"soniclayer_store_free_bytes": f"{300 * GIB}-{GIB // 10}x{{count}}"}, 60, 62),
    Case("SonicLayerBackupFailed", {"soniclayer_backup_ok": "1x5 0x{count}"}, 5, 7),
    Case("SonicLayerBackupOld", {"soniclayer_backup_success_timestamp_seconds": "0x{count}"}, 48, 49, step_s=HOUR),
    Case("SonicLayerBackupMissing", NEVER_BACKED_UP, 47, 49, step_s=HOUR),
    Case("SonicLayerDrillFailed", {"soniclayer_drill_ok": "1x5 0x{count}"}, 5, 7),
    Case(
        "SonicLayerDrillOld",
        {"soniclayer_drill_success_timestamp_seconds": "0x{count}"},
        14 * 24,
        14 * 24 + 1,
        step_s=HOUR,
    ),
    Case("SonicLayerDrillMissing", NEVER_DRILLED, 9 * 24 - 1, 9 * 24 + 1, step_s=HOUR),
)

HARMLESS = {
    "the backend restarts": {'up{job="soniclayer"}': "1x5 0 1x{count}"},
    "workers restart": {"soniclayer_workers_alive": "2x5 0 1 2x{count}"},
    "one more worker": {"soniclayer_workers_alive": "2x5 3x{count}"},
    "Redis has no limit": {"soniclayer_redis_max_memory_bytes": "0x{count}"},
    "nothing to do": {
        'soniclayer_queue_depth{queue="transcribe"}': "0x{count}",
        'soniclayer_queue_running{queue="transcribe"}': "0x{count}",
        'soniclayer_step_timestamp_seconds{stage="transcribe"}': "0x{count}",
    },
    "an upload after a quiet night": {
        'soniclayer_queue_depth{queue="transcribe"}': "0x20 3x5 0x{count}",
        'soniclayer_queue_running{queue="transcribe"}': "0x20 1x5 0x{count}",
        'soniclayer_step_timestamp_seconds{stage="transcribe"}': "0x24 1440x{count}",
    },
    "two damaged files": {FAILURES: "0x5 1x5 2x{count}"},
    "many failures among very many steps": {
        FAILURES: "0+1x{count}",
        'soniclayer_stage_seconds_count{stage="transcribe"}': "0+60x{count}",
    },
    "a recording that kills the engine": {'soniclayer_engine_deaths_total{code="engine_died"}': "0x5 1 2 3x{count}"},
    "a breaker that opens for minutes": {'soniclayer_langflow_breaker_open{flow="gen_z"}': "0x5 1x5 0x{count}"},
    "one fault in the backend": {ERRORS: "0x5 1x{count}"},
    "a large disk that is filled, half empty yet": {"soniclayer_store_free_bytes": f"{800 * GIB}-{2 * GIB}x{{count}}"},
    "a checkout, without nginx and backups, in its first day": {
        name: None for name in HEALTHY if "certificate" in name or "backup" in name or "drill" in name
    },
}
