"""The soak: a cluster in trouble, an agent that is killed, and a judge that
knows every acknowledged commit.

load.py     groups that commit, and the journal of it; a process of its own
agent.py    the agent under test, or a loop of snapshots in its place
chaos.py    what goes wrong, when, and the log of it
history.py  what each position can have been, by the journal
reader.py   what the repository says it was, by formats/FORMAT.md alone
judge.py    holds the two against each other
run.py      all of it: make soak, and test_soak.py for three minutes

Times are milliseconds of Unix time, all of one machine's clock.
"""
