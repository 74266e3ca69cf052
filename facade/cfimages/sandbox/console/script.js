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

const ask = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
};

// Do something every second while the page is seen, and less often while it fails.
const keep = (look, tell) => {
  let failures = 0;
  const again = async () => {
    if (!document.hidden) {
      try {
        await look();
        if (failures) tell("Live.");
        failures = 0;
      } catch {
        failures += 1;
        tell("The sandbox does not answer.");
      }
    }
    setTimeout(again, failures ? 5000 : 1000);
  };
  again();
};

const rows = document.querySelector("[data-live]");
if (rows) {
  const status = document.querySelector("[data-live-status]");
  const pause = document.querySelector("[data-live-pause]");
  let paused = false;
  const tell = (text) => { status.textContent = paused ? "Paused." : text; };

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Go on" : "Pause";
    tell("Live.");
  });

  tell("Live.");
  keep(async () => {
    if (paused) return;
    const pending = [...rows.querySelectorAll("[data-pending]")].map((row) => row.id.slice("request-".length));
    const answer = await ask(rows.dataset.live + "&after=" + rows.dataset.last + "&pending=" + pending.join());
    const last = answer.headers.get("X-Last");
    const text = await answer.text();
    const body = new DOMParser().parseFromString("<table><tbody>" + text + "</tbody></table>", "text/html");
    const added = [...body.querySelectorAll("tr")].filter((row) => {
      const known = document.getElementById(row.id);
      known?.replaceWith(row);
      row.classList.add("new");
      return !known;
    });
    rows.prepend(...added);
    while (rows.children.length > 400) rows.lastElementChild.remove();
    if (last !== null) rows.dataset.last = last;
  }, tell);
}

const fresh = document.querySelector("[data-refresh]");
if (fresh) {
  keep(async () => {
    const text = await (await ask(fresh.dataset.refresh)).text();
    const { body } = new DOMParser().parseFromString(text, "text/html");
    if (body.innerHTML === fresh.innerHTML || fresh.contains(document.activeElement)) return;
    fresh.replaceChildren(...body.childNodes);
  }, () => {});
}
