const dark=matchMedia("(prefers-color-scheme: dark)");(dark.onchange=()=>document.documentElement.dataset.bsTheme=dark.matches?"dark":"light")()
