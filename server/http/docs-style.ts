/** Style of the page that describes the API: the reader's own fonts, light and dark as the reader likes it. */
export const DOCS_STYLE = `:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --soft: light-dark(#f6f8fa, #151b23); }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
nav { border-bottom: 1px solid var(--line); background: var(--soft); padding: 1rem 1.5rem; }
nav ul { max-width: 60rem; margin: 0 auto; padding: 0; list-style: none; columns: 18rem; overflow-wrap: anywhere; }
a { color: light-dark(#0550ae, #79c0ff); }
h1 small { font-size: 1rem; font-weight: 400; }
h3 { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1rem; overflow-wrap: anywhere; }
h3 span { font-size: 0.8rem; border: 1px solid; border-radius: 0.25rem; padding: 0 0.3rem; }
code, pre { font: 0.9em/1.45 ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); padding: 0.75rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--line); }
dt { font-weight: 600; margin-top: 0.5rem; }
dd { margin-left: 1rem; }
`;
