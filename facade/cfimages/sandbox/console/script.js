// The live parts of the console. Everything else works without.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = button.parentElement.querySelector("input");
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
    }
  });
}

const rows = document.querySelector("[data-live]");
if (rows) {
  const status = document.querySelector("[data-live-status]");
  const pause = document.querySelector("[data-live-pause]");
  let paused = false;
  let failures = 0;

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Go on" : "Pause";
    status.textContent = paused ? "Paused." : "Live.";
  });

  const look = async () => {
    if (!paused && !document.hidden) {
      try {
        const pending = [...rows.querySelectorAll("[data-pending]")].map((row) => row.id.slice("request-".length));
        const answer = await fetch(rows.dataset.live + "&after=" + rows.dataset.last + "&pending=" + pending.join());
        if (!answer.ok) throw new Error(String(answer.status));
        const last = answer.headers.get("X-Last");
        const text = await answer.text();
        if (last !== null && text) {
          const body = new DOMParser().parseFromString("<table><tbody>" + text + "</tbody></table>", "text/html");
          const fresh = [...body.querySelectorAll("tr")];
          const added = fresh.filter((row) => {
            const known = document.getElementById(row.id);
            known?.replaceWith(row);
            row.classList.add("new");
            return !known;
          });
          rows.prepend(...added);
          while (rows.children.length > 400) rows.lastElementChild.remove();
        }
        if (last !== null) rows.dataset.last = last;
        if (failures) status.textContent = "Live.";
        failures = 0;
      } catch {
        failures += 1;
        status.textContent = "The sandbox does not answer.";
      }
    }
    setTimeout(look, failures ? 5000 : 1000);
  };
  status.textContent = "Live.";
  look();
}
