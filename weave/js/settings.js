// Theme, text size, keys, and what is kept about the reader's progress.
const themes = {"": "As the system", light: "Light", dark: "Dark", sepia: "Sepia", contrast: "High contrast"};
const sizes = [0.85, 1, 1.15, 1.3, 1.5, 1.75, 2];
const settings = {theme: "", size: 1, keys: true, ...kept.read("settings")};

function applySettings() {
  if (settings.theme) root.dataset.theme = settings.theme;
  else delete root.dataset.theme;
  root.style.setProperty("--size", settings.size);
  kept.write("settings", settings);
}

function setTheme(theme) {
  settings.theme = theme;
  applySettings();
  const radio = document.querySelector(`dialog.settings input[value="${theme}"]`);
  if (radio) radio.checked = true;
}

function nextTheme() {
  const names = Object.keys(themes);
  setTheme(names[(names.indexOf(settings.theme) + 1) % names.length]);
  say("Theme: " + themes[settings.theme]);
}

windows.settings = () => {
  const choices = Object.entries(themes).map(([value, label]) => {
    const radio = element("input", {type: "radio", name: "theme", value, checked: value === settings.theme});
    radio.addEventListener("change", () => setTheme(value));
    return element("label", {className: "theme-" + (value || "system")}, radio, " " + label);
  });
  const shown = element("output", {}, Math.round(100 * settings.size) + " %");
  const resize = step => {
    const at = sizes.indexOf(settings.size) + step;
    if (at < 0 || at >= sizes.length) return;
    settings.size = sizes[at];
    shown.textContent = Math.round(100 * settings.size) + " %";
    applySettings();
  };
  const smaller = button("", "Smaller", () => resize(-1)), larger = button("", "Larger", () => resize(1));
  const keys = element("input", {type: "checkbox", checked: settings.keys});
  keys.addEventListener("change", () => { settings.keys = keys.checked; applySettings(); });
  return makeWindow("settings", "Reading",
    element("fieldset", {}, element("legend", {}, "Theme"), ...choices),
    element("fieldset", {}, element("legend", {}, "Text size"), smaller, " ", shown, " ", larger),
    element("fieldset", {}, element("legend", {}, "Keys"),
      element("label", {}, keys, " Single letters are commands; press ? for the list")),
    progressField());
};
