// How a transcript looks on a screen, in the dark and on paper. It holds no address, so nothing is ever loaded for it.

/** Kept short: it is in every item. Readers that drop it still have tables, bold text and colours of cells. */
export const transcriptStyle = `
body{margin:0;background:#fff;color:#1b1f24;font:14px/1.5 "Segoe UI",Helvetica,Arial,sans-serif}
.page{max-width:980px;margin:0 auto;padding:24px}
h1{font-size:22px;line-height:1.3;margin:0 0 6px;overflow-wrap:anywhere}
.badge{display:inline-block;border:1px solid #b35900;color:#8a4600;border-radius:10px;padding:0 9px;margin:0 6px 6px 0;font-size:12px;font-weight:600}
.facts{margin:8px 0 20px;border-top:1px solid #d5dae0;border-bottom:1px solid #d5dae0;width:100%}
.facts td{padding:2px 16px 2px 0;vertical-align:top;font-size:13px;overflow-wrap:anywhere}
.facts td.l{color:#59636e;white-space:nowrap;width:1%}
.m{width:100%;margin:0 0 14px;border-collapse:separate;table-layout:fixed}
.m>tbody>tr>td{padding:12px 16px;border-left:4px solid #8c959f;background:#f6f7f8;border-radius:4px}
.m.user>tbody>tr>td{border-color:#2f6fbd;background:#eef4fc}
.m.assistant>tbody>tr>td{border-color:#3c7a4a;background:#f7faf6}
.head{width:100%;font-size:13px}
.head td{padding:0;vertical-align:top;overflow-wrap:anywhere}
.head .t{text-align:right;color:#59636e;width:290px}
.meta,.lang,.target{color:#59636e;font-size:12px}
.meta{overflow-wrap:anywhere}
.mark{color:#8a4600;font-size:12px;font-weight:600}
.text{margin-top:8px;overflow-wrap:anywhere}
.text p,.text ul,.text ol,.text blockquote{margin:0 0 8px}
.text ul,.text ol{padding-left:26px}
.text blockquote{border-left:3px solid #b8c0c8;padding-left:12px;color:#3f4850}
.h{font-weight:700;margin:12px 0 4px}.h1{font-size:18px}.h2{font-size:16px}.h3{font-size:15px}
.code,.text code{font-family:Consolas,Menlo,"DejaVu Sans Mono",monospace;font-size:12px;line-height:1.45}
.code{white-space:pre-wrap;overflow-wrap:anywhere;margin:2px 0 10px;padding:9px 11px;background:#fff;border:1px solid #d5dae0;border-radius:4px}
.text :not(pre)>code{background:#e8ebee;border-radius:3px;padding:1px 4px}
.grid{border-collapse:collapse;margin:4px 0 10px;border-color:#c3cad1}
.grid td,.grid th{border:1px solid #c3cad1;padding:4px 9px;vertical-align:top;overflow-wrap:anywhere}
.grid th{background:#e8ebee;text-align:left}
.link{text-decoration:underline}
.last{margin-top:8px;font-size:12px;border-top:1px solid #d5dae0;padding-top:6px;overflow-wrap:anywhere}
.foot{color:#59636e;font-size:12px}
@media (prefers-color-scheme:dark){
body{background:#14171a;color:#e3e7eb}
.m>tbody>tr>td{background:#1d2125}
.m.user>tbody>tr>td{background:#182534;border-color:#6ea5e6}
.m.assistant>tbody>tr>td{background:#18231b;border-color:#74b984}
.facts td.l,.head .t,.meta,.lang,.target,.foot{color:#a3adb7}
.mark{color:#f0b070}.badge{color:#f0b070;border-color:#f0b070}
.facts,.last,.code,.grid,.grid td,.grid th{border-color:#3b434b}
.code{background:#0f1214}
.text :not(pre)>code,.grid th{background:#2b3238}
.text blockquote{border-color:#505a63;color:#c3cad1}
}
@media print{
@page{margin:15mm}
body{background:#fff;color:#000;font-size:10.5pt}
.page{max-width:none;padding:0}
.m>tbody>tr>td,.m.user>tbody>tr>td,.m.assistant>tbody>tr>td{background:#fff;border-left-width:3px;padding:4px 0 4px 12px}
.head,.h,.mark{break-after:avoid}
.code,.grid tr{break-inside:avoid}
}
`.trim();
