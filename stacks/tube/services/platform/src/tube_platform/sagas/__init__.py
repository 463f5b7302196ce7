"""Sagas by orchestration (rows F3.4, F3.7): work across services that ends either done or undone.

decisions       where a saga stands after what happened: a table of steps, no clock, no database
steps           what a service writes of each step
keys            the idempotency keys of what is asked, and how long they are remembered
store           the rows in the owner's database
engine          one attempt after the other, each written down before it is made and after
orchestrator    the part of the process that takes what is due, in every pod of the owner
"""
