//! How the page looks, by day and by night.

/// The style sheet. Nothing in it is fetched from anywhere.
pub(super) const STYLE: &str = "\
:root{color-scheme:light dark;--back:#fdfdfc;--text:#1c1c1a;--dim:#63635e;--line:#deded8;--ok:#1a7f37;--bad:#c62828;--warn:#8a5a00}\
@media(prefers-color-scheme:dark){:root{--back:#161618;--text:#e6e6e3;--dim:#a0a09a;--line:#38383c;--ok:#58c878;--bad:#ff7b72;--warn:#e3b341}}\
body{margin:2rem auto;max-width:60rem;padding:0 1rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}.dim{color:var(--dim)}.verdict{font-weight:600}\
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.25rem .6rem;text-align:left;vertical-align:top}\
td.n{text-align:right;white-space:nowrap}.ok{color:var(--ok)}.warning{color:var(--warn)}.failed{color:var(--bad)}.skipped{color:var(--dim)}\
pre{border:1px solid var(--line);padding:.8rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.45 ui-monospace,monospace}\
blockquote{margin:.5rem 0;padding-left:.8rem;border-left:3px solid var(--line);color:var(--dim);overflow-wrap:anywhere}\
@media print{body{margin:0;max-width:none}}";
