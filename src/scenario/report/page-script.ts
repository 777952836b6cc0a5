/** The page's script. Without it all is there and can be read; it filters, and moves by keys. */

export const PAGE_SCRIPT = String.raw`'use strict';
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const toolbar = byId('toolbar');
  const cases = all('details.case');
  const words = new Map(
    cases.map((each) => [each, each.querySelector('summary').textContent.toLowerCase()]),
  );
  const rows = all('#matrix tbody tr').map((row) => {
    const cells = [...row.cells].slice(1).map((cell) => all('a', cell));
    const links = cells.flat().map((link) => [link, byId(link.hash.slice(1))]);
    return { row, cells, links };
  });

  const filter = () => {
    const wanted = new Set(all('input[type=checkbox]', toolbar).filter((box) => box.checked).map((box) => box.value));
    const search = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of cases) {
      const text = words.get(each);
      each.hidden = !(wanted.has(each.dataset.outcome) && search.every((word) => text.includes(word)));
      if (!each.hidden) shown++;
    }
    for (const { row, links } of rows) {
      for (const [link, target] of links) link.classList.toggle('out', target.hidden);
      row.hidden = links.every(([, target]) => target.hidden);
    }
    byId('shown').textContent = shown === cases.length ? '' : shown + ' of ' + cases.length + ' cases shown';
  };

  const go = (target) => {
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
    target.querySelector('summary').focus({ preventScroll: true });
  };
  const goToHash = () => {
    const target = location.hash && byId(location.hash.slice(1));
    if (target && target.matches('details.case')) go(target);
  };

  const nextFailure = (step) => {
    const failures = cases.filter((each) => !each.hidden && /^(failed|broken)$/.test(each.dataset.outcome));
    if (failures.length === 0) return;
    const current = document.activeElement.closest('details.case');
    const after = (each) => current.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING;
    const before = (each) => current.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING;
    const found = current && (step > 0 ? failures.find(after) : failures.findLast(before));
    go(found || (step > 0 ? failures[0] : failures[failures.length - 1]));
  };

  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const moveInMatrix = (from, [down, right]) => {
    const visible = rows.filter(({ row }) => !row.hidden);
    let r = visible.findIndex(({ row }) => row.contains(from));
    let c = visible[r].cells.findIndex((links) => links.includes(from));
    for (;;) {
      r += down;
      c += right;
      const links = visible[r] && visible[r].cells[c];
      if (!links) return;
      if (links.length > 0) return links[0].focus();
    }
  };

  toolbar.hidden = false;
  toolbar.addEventListener('input', filter);
  toolbar.addEventListener('submit', (event) => event.preventDefault());
  const setAll = (open) => () => {
    for (const each of cases) if (!each.hidden) each.open = open;
  };
  byId('open').addEventListener('click', setAll(true));
  byId('close').addEventListener('click', setAll(false));
  addEventListener('hashchange', goToHash);
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#case-"]');
    if (link && link.hash === location.hash) goToHash();
  });
  document.addEventListener('keydown', (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches('input[type=search]')) {
      if (key === 'Escape') target.blur();
      return;
    }
    if (ARROWS[key] && target.matches('#matrix a')) moveInMatrix(target, ARROWS[key]);
    else if (key === '/') byId('search').focus();
    else if (key === 'n' || key === 'p') nextFailure(key === 'n' ? 1 : -1);
    else return;
    event.preventDefault();
  });
  filter();
  goToHash();
})();
`;
