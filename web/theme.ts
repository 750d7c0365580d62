import { createTheme } from "@mantine/core";

/** Mantine's sizes as the design has them; its colours come from styles/mantine.css. */
export const theme = createTheme({
  fontFamily: "var(--sans)",
  fontFamilyMonospace: "var(--mono)",
  defaultRadius: 4,
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  fontSizes: { xs: "11px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  respectReducedMotion: true,
});
