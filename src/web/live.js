// Takes the page's newest state every two seconds and puts it in the place of the old one.
"use strict";
(() => {
  const every = 2000;
  let misses = 0;
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  const scrolls = (root) => [...root.querySelectorAll(".scroll")];
  const folds = (root) => [...root.querySelectorAll("details")];

  const isBusy = () =>
    document.hidden || (window.getSelection() && String(window.getSelection()) !== "");

  const put = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const [main, next] = [document.querySelector("main"), fresh.querySelector("main")];
    if (!main || !next) return;
    const open = folds(main).map((fold) => fold.open);
    const lefts = scrolls(main).map((box) => box.scrollLeft);
    const focused = [...main.querySelectorAll("a, summary, [tabindex]")].indexOf(document.activeElement);
    main.replaceWith(next);
    folds(next).forEach((fold, index) => { fold.open = open[index] ?? fold.open; });
    scrolls(next).forEach((box, index) => { box.scrollLeft = lefts[index] ?? 0; });
    if (focused >= 0) next.querySelectorAll("a, summary, [tabindex]")[focused]?.focus({ preventScroll: true });
    document.title = fresh.title;
    const [lead, newLead] = [document.querySelector("header > p:not(.kicker)"), fresh.querySelector("header > p:not(.kicker)")];
    if (lead && newLead) lead.textContent = newLead.textContent;
  };

  const look = async () => {
    if (!isBusy()) {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        put(await answer.text());
        misses = 0;
        status.remove();
      } catch {
        misses += 1;
        status.textContent = misses < 3
          ? "No answer; trying again."
          : "The run has ended: its results are in its folder.";
        document.querySelector("header")?.append(status);
      }
    }
    setTimeout(look, misses < 3 ? every : 5 * every);
  };
  setTimeout(look, every);
})();
