"""Write a Kerros plugin: one class, one plugin.toml. Start in the module of your kind: `kerros.tagger`, `kerros.bot`,
`kerros.channel`, `kerros.sla`, `kerros.report`.

Nothing here needs Kerros: your class runs in any Python, so your own tests do too (`PYTHONPATH=sdk`). Modules whose names begin with
an underscore join it to the component; authors need not look there.
"""
