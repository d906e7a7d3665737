"""Drives a client that openapi-python-client generated: python life_cycle.py <folder> <base URL>."""

import importlib
import pkgutil
import sys

folder, base_url = sys.argv[1:]
sys.path.insert(0, folder)

import tasklane_client

# Every module can be read, not only what is used below.
modules = [module.name for module in pkgutil.walk_packages(tasklane_client.__path__, "tasklane_client.")]
assert len(modules) > 60, modules
for name in modules:
    importlib.import_module(name)

from tasklane_client import AuthenticatedClient, Client
from tasklane_client.api.accounts import register_account
from tasklane_client.api.sync import list_changes, run_batch
from tasklane_client.api.tasks import create_task, delete_task, get_task, list_tasks, patch_task
from tasklane_client.api.trash import restore_task
from tasklane_client.models import (
    Batch, CreateOperation, CreateOperationOp, Problem, Registration, Sort, TaskDraft, TaskPatch,
)

anonymous = Client(base_url=base_url)
account = Registration(email="python@example.com", password="correct horse battery staple")
signed_in = register_account.sync(client=anonymous, body=account)
client = AuthenticatedClient(base_url=base_url, token=signed_in.access_token)

created = create_task.sync_detailed(client=client, body=TaskDraft(title="Buy milk"))
assert created.status_code == 201, created
task, etag = created.parsed, created.headers["ETag"]
assert task.title == "Buy milk" and task.due is None and task.completed is False, task

patched = patch_task.sync(id=task.id, client=client, body=TaskPatch(completed=True), if_match=etag)
assert patched.completed and patched.completed_at is not None, patched
stale = patch_task.sync(id=task.id, client=client, body=TaskPatch(completed=False), if_match=etag)
assert isinstance(stale, Problem) and stale.code == "precondition_failed", stale
assert get_task.sync(id=task.id, client=client).revision == patched.revision

batch = Batch(operations=[CreateOperation(op=CreateOperationOp.CREATE, task=TaskDraft(title="Call Ada"))])
results = run_batch.sync(client=client, body=batch).results
assert [result.task.title for result in results] == ["Call Ada"], results
page = list_tasks.sync(client=client, sort=Sort.TITLE, completed=True)
assert [item.title for item in page.items] == ["Buy milk"], page

assert delete_task.sync_detailed(id=task.id, client=client).status_code == 204
assert get_task.sync(id=task.id, client=client).code == "not_found"
assert restore_task.sync(id=task.id, client=client).deleted_at is None
delete_task.sync_detailed(id=task.id, client=client, permanent=True)
changes = list_changes.sync(client=client, since="0").changes
assert [(change.id, change.deleted) for change in changes if change.item is None] == [(task.id, True)], changes
print("the life cycle is complete")
