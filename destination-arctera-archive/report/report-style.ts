// How the page of a report looks: on a telephone, in the dark, and on paper.

export const reportStyle = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--line:#d7dce1;--page:#fff;--tile:#f4f6f8;--bar:#2f6fb3;--good:#1a7f37;--bad:#b42318}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#9aa4ae;--line:#3a424a;--page:#14181c;--tile:#1e242a;--bar:#6ea8e0;--good:#5fc77a;--bad:#ff8a7a}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.25rem;max-width:62rem;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.75rem 0 .5rem}
header p,footer p{color:var(--soft);margin:.25rem 0}
.verdict{font-size:.9rem;padding:.15rem .6rem;border-radius:1rem;border:1px solid currentColor;vertical-align:middle}
.verdict.complete,.good{color:var(--good)}.verdict.failed,.verdict.incomplete,.bad{color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:.6rem;margin:0}
.tiles div{background:var(--tile);border-radius:.5rem;padding:.6rem .8rem}
.tiles dt{color:var(--soft);font-size:.85rem}.tiles dd{margin:0;font-size:1.3rem;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto;margin-bottom:.75rem}
table{border-collapse:collapse;width:100%;font-size:.93rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}
thead th{color:var(--soft);font-weight:600}tbody th{font-weight:500}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.timeline th{white-space:nowrap;width:1%}.timeline td:last-child{width:1%;text-align:right;font-variant-numeric:tabular-nums}
@media (max-width:40rem){.stack thead{display:none}.stack,.stack tbody,.stack tr,.stack th,.stack td{display:block;width:auto}.stack tr{border-bottom:1px solid var(--line);padding:.4rem 0}.stack th,.stack td{border:0;padding:.1rem 0}.stack td:empty{display:none}}
.counts tbody th{white-space:nowrap}
.bar span{display:block;height:.9rem;min-width:1px;background:var(--bar);border-radius:.2rem;print-color-adjust:exact;-webkit-print-color-adjust:exact}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--page:#fff;--tile:#f2f2f2;--bar:#555;--good:#000;--bad:#000}body{padding:0;font-size:11px;max-width:none}section{break-inside:avoid}.wide{overflow:visible}}
`;
