"""Drives the client that openapi-generator makes for Python: python call.py <folder> <base URL>."""

import importlib
import pkgutil
import sys

folder, base_url = sys.argv[1:]
sys.path.insert(0, folder)

import openapi_client

# Every module can be read, not only what is used below.
modules = [module.name for module in pkgutil.walk_packages(openapi_client.__path__, "openapi_client.")]
assert len(modules) > 60, modules
for name in modules:
    importlib.import_module(name)

from openapi_client import AccountsApi, ApiClient, ApiException, Configuration, Registration, TaskDraft, TasksApi

configuration = Configuration(host=base_url)
with ApiClient(configuration) as client:
    account = Registration(email="generated@example.com", password="correct horse battery staple")
    configuration.access_token = AccountsApi(client).register_account(account).access_token
    tasks = TasksApi(client)
    created = tasks.create_task_with_http_info(TaskDraft(title="Buy milk", tags=["home"]))
    assert created.status_code == 201, created
    page = tasks.list_tasks(completed=False, tag=["home"], due="none", updated_after="2020-01-01")
    assert [task.title for task in page.items] == ["Buy milk"], page
    tasks.delete_task(id=created.data.id, if_match=created.headers["etag"])
    try:
        tasks.get_task(id=created.data.id)
    except ApiException as error:
        assert error.status == 404, error
    else:
        raise AssertionError("a deleted task was found")
print("the calls were answered")
