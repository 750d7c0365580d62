import { useMediaQuery } from "@mantine/hooks";
import { useRowHeight } from "./use-density.ts";

/** Heights in px that components/server-table.css gives to the rows of the table. */
export interface RowMetrics {
  readonly server: number;
  readonly group: number;
  /** What the top bar and the column head cover of the first rows. */
  readonly covered: number;
}

const TOP_BAR_PX = 48;
const HEAD_PX = 32;
/** A phone has rows of two lines and no column head. */
const PHONE: RowMetrics = { server: 56, group: 44, covered: TOP_BAR_PX };

/** The heights at the present width and density. */
export function useRowMetrics(): RowMetrics {
  const server = useRowHeight();
  const isPhone = useMediaQuery("(max-width: 599.98px)", undefined, { getInitialValueInEffect: false });
  return isPhone ? PHONE : { server, group: HEAD_PX, covered: TOP_BAR_PX + HEAD_PX };
}
