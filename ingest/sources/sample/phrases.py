"""What the synthetic people say: sentences written for this project, no real person's words.

`{it}` is what the writer calls the service (or a bare "it" where the place tells), `{part}` a part of it. Several of
them name no failure in plain words: not every complaint can be told by its phrases.
"""

OUTAGE = (
    "{it} is down for me, anyone else?",
    "is {it} down or is it just me",
    "{it} down again?? third time this week",
    "getting API Error: 500 on every single prompt with {it}",
    "529 overloaded_error all over the place, {part} is useless right now",
    "{it} is not responding, spinner forever",
    "Internal server error whatever I send to {it}",
    "can't log in to {it}, login page just loops",
    "{part} is down, deadline in an hour, great",
    "{it} went down mid-refactor",
    "is anyone else having issues with {part}?",
    "every request fails since ten minutes. {it}?",
    "{it}: service unavailable. again.",
    "{part} not loading at all, white page",
    "status page is all green but {it} is down lol",
    "overloaded, overloaded, overloaded. thanks {it}",
    "{it} keeps timing out, requests timing out on all my keys",
    "oauth error when I try to sign in to {part}",
    "500 error from {it}, tried two browsers and my phone",
    "{it} seems to be down in Europe",
    "{it} is down, guess I'm going for a walk",
    "{part} throwing errors since lunch",
    "so {it} is unavailable at peak hours once more",
    "elevated errors on {part} here too",
    "cant get a single answer out of {it} right now",
    "{it} just eats my prompt and says nothing",
    "is {it} having a day off?",
    "anyone else down?",
    "yep down here too",
    "same here, internal server error",
    "same, 529 every time",
    "it's not just you, down for me as well",
)
"""Complaints that the service fails now."""

OUTAGE_ELSEWHERE = (
    "¿{it} está caído?",
    "{it} no funciona, ¿a alguien más le pasa?",
    "{it} caiu de novo?",
    "{it} fora do ar aqui no Brasil",
    "{it} est en panne ?",
    "{it} ne répond plus depuis 10 minutes",
    "{it} ist down, oder?",
    "{it} geht nicht, nur Serverfehler",
    "{it} 落ちてる？",
    "{it} サーバーエラーばかり",
    "{it} 挂了吗",
    "{it} 一直报错，用不了",
    "{it} 먹통인가요",
    "{it} 서버 오류 계속 나네요",
    "{it} не работает у кого-нибудь ещё?",
    "{it} लगता है डाउन है",
    "{it} lagi down ya?",
    "{it} çöktü mü",
)
"""The same in other languages."""

LIMIT = (
    "hit my usage limit after four messages on {it}",
    "the weekly limit on {it} is a joke",
    "limit reached again, resets at 3am. {it} pls",
    "rate limited on {part} with the Max plan?",
    "how do the 5 hour limits on {it} even work",
    "burned through my quota in one session",
    "out of messages on {it} until tonight",
    "is the weekly limit smaller now?",
)
QUALITY = (
    "{it} feels dumber this week",
    "did they nerf {it}? it got worse",
    "{it} got lobotomized, forgets everything after two turns",
    "{it} is so lazy today, quality dropped hard",
    "{it} keeps hallucinating functions that do not exist",
    "worse answers than last month from {it}",
)
PAST = (
    "{it} was down yesterday, worked fine for me",
    "{it} is back for me",
    "working again here",
    "that outage cost me an afternoon",
    "remember when {it} was down for half a day",
    "after the outage everything felt faster",
)
CLIENT = (
    "my wifi was the problem, {it} is fine",
    "{it} behind a corporate proxy: connection error, fixed with a certificate",
    "my vpn breaks {it}, not responding until I turn it off",
    "[FEATURE] let {part} resume a session after a crash",
)
NEWS = (
    "users report outages of {it}, says the morning newsletter",
    "{it} suffers outage, third in April according to downdetector",
)
OTHER = ("{other} is down, moving everything to {it} today", "{other} was throwing errors so I came back to {it}")
NAMESAKE = (
    "watched a film with Jean-Claude last night, what a kick",
    "Claude Monet exhibition on Sunday?",
    "my neighbour Claude took down my fence, finally",
    "gemini season is here and I feel it",
    "saw the Gemini twins through the telescope",
)
CHATTER = (
    "built a small budgeting app with {it} over the weekend",
    "what do you use {part} for mostly?",
    "{it} wrote better tests than I do",
    "prompt tip for {it}: ask for the plan first",
    "how do you keep context small with {it}?",
    "{it} or the other one for Rust?",
    "my kid asked {it} for a bedtime story about a snail",
    "new template for project notes with {it}",
    "is the yearly plan worth it?",
    "love the tone of {it} in long documents",
    "has anyone connected {it} to a spreadsheet?",
    "{part} keyboard shortcuts, a list",
    "switched my team to {it} last month",
    "translated a contract with {it}, lawyer was impressed",
    "question about system prompts and {it}",
    "today {it} refused to rhyme orange",
    "what is your longest session with {part}?",
    "screenshots of {it} reading my handwriting",
    "ranked every model I tried, {it} second",
    "my notes on agents and {it} after three months",
    "thanks, that worked",
    "same question here",
    "could you share the prompt?",
    "nice write-up",
    "depends on the size of the repository",
    "not sure that is allowed by the terms",
)
RUMOUR = (
    "breaking: hearing that {it} is down worldwide, pass it on",
    "breaking: {it} down for everyone says a friend of a friend",
    "is the rumour true that {it} is shutting down?",
)
ECHO = (
    "Claude Status Update: {title} - {status}",
    "[{status}] {title}. We are currently investigating, details on the status page.",
)

NAMES = {
    "claude": ("Claude", "claude", "Claude Code", "claude.ai", "Opus 4.6", "Sonnet 4.6", "Anthropic's Claude"),
    "openai": ("ChatGPT", "chatgpt", "Codex", "GPT-5", "OpenAI"),
    "gemini": ("Gemini", "gemini", "Gemini CLI", "AI Studio"),
}
PARTS = {
    "claude": ("Claude Code", "the API", "claude.ai", "the desktop app", "Opus 4.6", "the web app"),
    "openai": ("Codex", "the API", "ChatGPT on the web", "the mobile app"),
    "gemini": ("the Gemini app", "the API", "AI Studio", "Gemini CLI"),
}
ENDINGS = (
    "",
    "",
    "",
    "",
    " :(",
    " smh",
    "!!",
    " ...",
    " (EU)",
    " (Pro plan)",
    " since {minute} past",
    " @ {minute}",
    " lol",
    " ugh",
)
