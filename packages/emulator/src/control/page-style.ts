/** The control page's style sheet. */
export const pageStyle = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --line: #8884; }
body { margin: 0 auto; max-width: 90rem; padding: 0 1rem 4rem; }
header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 0 2rem;
  align-items: baseline; background: Canvas; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin: 0 0 .4rem; }
#said { flex: 1 1 20rem; overflow-wrap: anywhere; margin: 0; }
section { margin-top: 1.6rem; }
.note { margin: 0 0 .4rem; opacity: .75; }
.forms { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; }
form { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; }
label { display: block; margin-bottom: .5rem; }
input, select, textarea { display: block; width: 100%; box-sizing: border-box; font: inherit; }
textarea { font-family: ui-monospace, monospace; font-size: .85rem; }
.table { overflow-x: auto; max-height: 24rem; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid var(--line);
  white-space: nowrap; max-width: 24rem; overflow: hidden; text-overflow: ellipsis; }
th { position: sticky; top: 0; background: Canvas; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.empty { opacity: .6; }
pre { overflow-x: auto; font-size: .8rem; }
`;
