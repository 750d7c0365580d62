import { HINDERING } from "./scenes-hindering.ts";
import { MISLEADING } from "./scenes-misleading.ts";
import { POLISH } from "./scenes-polish.ts";

/** All scenes of an operator on call. */
export const SCENES = [...MISLEADING, ...HINDERING, ...POLISH];

/** Widths of a phone, a laptop and a wall display, px. */
export const WIDTHS = [1440, 390, 2560] as const;
