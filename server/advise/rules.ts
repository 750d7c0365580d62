import type { Rule } from "./rule.ts";
import { addressesHidden } from "./rules/addresses-hidden.ts";
import { checkAcceptsDenial } from "./rules/check-accepts-denial.ts";
import { checkAcceptsError } from "./rules/check-accepts-error.ts";
import { checkBlind } from "./rules/check-blind.ts";
import { checkElsewhere } from "./rules/check-elsewhere.ts";
import { checkHiddenHeaders } from "./rules/check-hidden-headers.ts";
import { checkMissing } from "./rules/check-missing.ts";
import { checkOverridden } from "./rules/check-overridden.ts";
import { checkPlainOnTls } from "./rules/check-plain-on-tls.ts";
import { checkRequest } from "./rules/check-request.ts";
import { checkRequestLost } from "./rules/check-request-lost.ts";
import { checkRulesIgnored } from "./rules/check-rules-ignored.ts";
import { checkSlow } from "./rules/check-slow.ts";
import { checkSslWithoutCa } from "./rules/check-ssl-without-ca.ts";
import { checkTimeoutShort } from "./rules/check-timeout-short.ts";
import { checkUnverified } from "./rules/check-unverified.ts";
import { checkWithoutExpect } from "./rules/check-without-expect.ts";
import { finalNewlineMissing } from "./rules/final-newline-missing.ts";
import { ignoreWithoutReason } from "./rules/ignore-without-reason.ts";
import { nameShared } from "./rules/name-shared.ts";
import { sessionsKept } from "./rules/sessions-kept.ts";
import { statsMissing } from "./rules/stats-missing.ts";
import { statsSocketLevel } from "./rules/stats-socket-level.ts";
import { tcpCheckEmpty } from "./rules/tcp-check-empty.ts";
import { timeWithoutUnit } from "./rules/time-without-unit.ts";

/** Every rule. Of two cures that change the same line the earlier rule's is applied first. */
export const RULES: readonly Rule[] = [
  checkMissing,
  checkOverridden,
  checkRulesIgnored,
  tcpCheckEmpty,
  checkBlind,
  checkRequestLost,
  checkRequest,
  checkPlainOnTls,
  checkAcceptsError,
  checkAcceptsDenial,
  checkWithoutExpect,
  checkHiddenHeaders,
  checkSslWithoutCa,
  checkTimeoutShort,
  checkUnverified,
  checkElsewhere,
  checkSlow,
  timeWithoutUnit,
  sessionsKept,
  nameShared,
  finalNewlineMissing,
  statsSocketLevel,
  statsMissing,
  addressesHidden,
  ignoreWithoutReason,
];
