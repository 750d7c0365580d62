/** Exit codes of `serve` and `config`. */
export const EXIT = {
  ok: 0,
  crash: 1,
  usage: 2,
  /** EX_CONFIG of sysexits.h, for systemd's RestartPreventExitStatus. */
  config: 78,
} as const;

/** Exit codes of `check`: those of monitoring plugins. */
export const CHECK_EXIT = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

/** Exit codes of `replay`. */
export const REPLAY_EXIT = { same: 0, different: 1, unreadable: 3 } as const;

/** Exit codes of `incidents` and `report`. */
export const INCIDENTS_EXIT = { ok: 0, unknown: 1, unreadable: 3 } as const;

/** Exit codes of `alert`, `silence` and `notifications`. */
export const ALERT_EXIT = { ok: 0, refused: 1, unreadable: 3 } as const;

/** Exit codes of `wait`. */
export const WAIT_EXIT = { reached: 0, timeout: 1, unreadable: 3 } as const;

/** Exit codes of `health`: those of Docker's HEALTHCHECK. */
export const HEALTH_EXIT = { ready: 0, notReady: 1 } as const;

/** Exit codes of `lint`. */
export const LINT_EXIT = { clean: 0, warnings: 1, errors: 2, unreadable: 3 } as const;
