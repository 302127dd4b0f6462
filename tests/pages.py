"""What a page has to do in a browser: ask for nothing, set every formula, be found its way about in."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.browser import Browser, Page

PICTURES = "PTHEORY_PICTURES"  # the folder that pictures are kept in
LARGEST = 2_500_000  # bytes of a page

FAULTS = r"""
(() => {
  const found = [], say = (what, one) => found.push(what + ': ' + (one.outerHTML || one).slice(0, 200));
  for (const href of new Set([...document.querySelectorAll('a')].map(one => one.getAttribute('href')))) {
    if (!href || href[0] !== '#') { say('leads away', String(href)); continue; }
    location.hash = href;
    const target = document.querySelector(':target');
    if (!target || target.id !== decodeURIComponent(href.slice(1))) { say('leads nowhere', href); continue; }
    const top = target.getBoundingClientRect().top;
    if (top < -5 || top > innerHeight) say('not shown', href);
  }
  document.querySelectorAll('details').forEach(one => { one.open = true; });
  const known = new Set('math mrow mi mn mo mtext mspace mfrac msqrt mroot mstyle msub msup msubsup'.split(' ').concat(
    'munder mover munderover mtable mtr mtd mphantom'.split(' ')));
  const parts = {mfrac: 2, msub: 2, msup: 2, munder: 2, mover: 2, mroot: 2, msubsup: 3, munderover: 3};
  for (const one of document.querySelectorAll('math')) {
    const box = one.getBoundingClientRect();
    if (!(box.width > 0 && box.height > 0)) say('a formula without size', one);
    if (/[\\$^_{}]/.test(one.textContent.replace(/[{}]/g, ''))) say('LaTeX in a formula', one);
    for (const part of one.querySelectorAll('*')) {
      if (!known.has(part.localName)) say('unknown element', part);
      if (part.namespaceURI !== 'http://www.w3.org/1998/Math/MathML') say('no MathML', part);
      if (part.localName in parts && part.children.length !== parts[part.localName]) say('parts missing', part);
    }
  }
  document.querySelectorAll('code.latex').forEach(one => say('not typeset', one));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, code = text.parentElement.closest('pre, code');
    const ours = said ? text.data.replaceAll(said, '') : text.data;
    if (/\\[a-zA-Z]{2,}|\x00/.test(ours) && !code) say('LaTeX as text', text.data);
  }
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  ids.filter((id, place) => ids.indexOf(id) !== place).forEach(id => say('an anchor twice', id));
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map(one => Number(one.localName[1]));
  const deep = levels.filter((level, place) => level > (levels[place - 1] || 0) + 1);
  deep.forEach(one => say('heading too deep', String(one)));
  if (levels.filter(level => level === 1).length !== 1) say('titles', String(levels));
  document.querySelectorAll('svg:not([aria-label])').forEach(one => say('a picture without words', one));
  document.querySelectorAll('script, link, img, iframe').forEach(one => say('from elsewhere', one));
  const room = document.documentElement;
  if (room.scrollWidth > room.clientWidth) say('wider than the window', String(room.scrollWidth));
  return found;
})()
"""
EVERY_SIGN = r"""
(() => {
  const signs = new Map();
  for (const one of document.querySelectorAll('mi, mo, mn')) {
    for (const sign of one.textContent.trim()) signs.set(sign, one.localName);
  }
  const math = document.createElementNS('http://www.w3.org/1998/Math/MathML', 'math');
  math.id = 'every-sign';
  signs.forEach((name, sign) => {
    math.appendChild(document.createElementNS(math.namespaceURI, name)).textContent = sign;
  });
  document.body.append(math);
  math.getBoundingClientRect();
  return document.querySelectorAll('math').length;
})()
"""


def works(browser: Browser, path: Path, said: str = "") -> int:
    """Open a page and look at it; how many formulas it has. ``said``: what a user wrote, whatever it looks like."""
    assert path.stat().st_size < LARGEST
    page = Page(browser, path)
    try:
        assert [url for url in page.requests if not url.startswith("data:")] == [path.resolve().as_uri()]
        faults = page.evaluate(f"const said = {json.dumps(said)}; {FAULTS}")
        assert not faults, "\n".join(faults[:8])
        formulas = int(page.evaluate(EVERY_SIGN))
        fonts = page.fonts_of("#every-sign > *")
        assert fonts == {"Formulas of ptheory*"}, fonts
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = false; }); scrollTo(0, 0)")
        light, dark = page.look(), page.look(dark=True)
        assert light.startswith(b"\x89PNG") and len(light) > 20_000 and light != dark
        if folder := os.environ.get(PICTURES):
            (Path(folder) / f"{path.stem}.png").write_bytes(page.look(whole=True))
            (Path(folder) / f"{path.stem}-dark.png").write_bytes(dark)
            (Path(folder) / f"{path.stem}-printed.pdf").write_bytes(page.printed())
        return formulas
    finally:
        page.close()
