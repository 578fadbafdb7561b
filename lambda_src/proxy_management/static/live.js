// Says so where the live figures cannot renew themselves, and takes that back once they can. htmx fetches and replaces.
"use strict";
{
  const find = (id) => document.getElementById(id);
  const tell = (problem) => {
    if (find("live-problem").textContent === problem) return; // or a screen reader would hear it every time
    find("live-problem").textContent = problem;
    find("live-problem").hidden = !problem;
    find("live-state").hidden = Boolean(problem);
  };
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, () => tell(`No answer since ${find("until").textContent}; trying again.`));
  }
  document.addEventListener("htmx:afterRequest", (event) => event.detail.successful && tell(""));
}
