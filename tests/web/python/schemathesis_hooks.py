"""What schemathesis cannot know: how to sign in, and which values exist.

A request that fits the document is given what only this server knows (a task that exists, the right
password), so that it must succeed. A request that does not fit is sent as it is.
"""

import re
import uuid

import requests
import schemathesis
from schemathesis import GenerationMode
from schemathesis.generation.meta import TestPhase

PASSWORD = "correct horse battery staple"

# Operations after which the caller's token is no longer good: each request has a user of its own.
ENDING = {"logout_session", "delete_user", "change_password", "end_session", "end_other_sessions"}


class User:
    """Somebody with a local account, signed in."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.email = f"{uuid.uuid4()}@example.com"
        account = {"email": self.email, "password": PASSWORD}
        signed_in = self.post("/api/auth/register", account, {})
        self.token = signed_in["access_token"]
        users[f"Bearer {self.token}"] = self
        self.refresh_token = signed_in["refresh_token"]

    def headers(self):
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, path, body, headers):
        response = requests.post(self.base_url + path, json=body, headers=headers, timeout=20)
        assert response.status_code == 201, response.text
        return response.json()

    def task(self):
        """A new task with a floating due date, to which any part of another can be merged."""
        draft = {"title": "Buy milk", "due": {"date": "2026-11-21", "time": "09:00"}}
        return self.post("/api/tasks", draft, self.headers())["id"]

    def trash(self, task):
        url = f"{self.base_url}/api/tasks/{task}"
        response = requests.delete(url, headers=self.headers(), timeout=20)
        assert response.status_code == 204, response.text


shared = None
users = {}


def somebody(case):
    global shared
    base_url = case.operation.base_url.rstrip("/")
    if case.operation.definition.raw["operationId"] in ENDING:
        return User(base_url)
    shared = shared or User(base_url)
    return shared


@schemathesis.auth(refresh_interval=None)
class Bearer:
    def get(self, case, context):
        return somebody(case)

    def set(self, case, user, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {user.token}"


TAGS = re.compile(r'\*|(W/)?"[^"]*".*')


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives a request that fits the document values that exist."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    name = case.operation.definition.raw["operationId"]
    query, headers, body = case.query or {}, case.headers or {}, case.body
    # A cursor is good only for the list that gave it, a revision only once it is reached.
    query.pop("cursor", None)
    if "since" in query:
        query["since"] = 0
    # The document says what is a date or an instant by a pattern, which 30 February fits.
    for bound in ("due_before", "due_after", "updated_after", "completed_before", "completed_after"):
        if bound in query:
            query[bound] = "2026-11-21"
    if "timezone" in query:
        query["timezone"] = "Europe/Rome"
    # The lengths of a name and of a value are bounded each, the document bounds both together.
    if "metadata" in query:
        query["metadata"] = "icon:house"
    if name == "delete_tasks" and len(query) != 1:
        # The document says in words that one of two parameters is required, and only one.
        case.query = {"deleted": "true"}
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = str(uuid.uuid4())
    # The coverage phase does not look at the pattern of a header and sends `If-Match: 0`.
    for condition in ("If-Match", "If-None-Match"):
        if condition in headers and not TAGS.fullmatch(headers[condition]):
            del headers[condition]
    if name == "replace_task" and "If-None-Match" in headers:
        # The document says in words that they exclude each other.
        headers["If-None-Match"] = "*"
        headers.pop("If-Match", None)
    user = users.get(headers.get("Authorization"))
    if user is None:
        return
    is_stateful = case.meta.phase.name == TestPhase.STATEFUL
    if case.operation.path.startswith("/api/tasks/{id}") and not is_stateful:
        task = user.task()
        if name == "restore_task":
            user.trash(task)
        case.path_parameters["id"] = task
    mend_due_dates(body)
    mend_moves(body)
    mend_parents(body)
    if isinstance(body, dict):
        fill(name, body, user, is_stateful)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """The lengths of the document count after trimming: a text that only white space makes too long
    is accepted."""
    if type(failure).__name__ != "AcceptedNegativeData":
        return True
    return not is_padded(case.body, None, longest_texts(case.operation.schema.raw_schema))


def longest_texts(document):
    """The greatest length of each text member of the document's objects, by the member's name."""
    schemas = document["components"]["schemas"]
    lengths = {}
    for schema in schemas.values():
        for name, member in schema.get("properties", {}).items():
            if "maxLength" in (text := member.get("items", member)):
                lengths[name] = text["maxLength"]
    return lengths


def is_padded(value, name, lengths):
    """Whether white space alone makes a text of the body too long."""
    if isinstance(value, dict):
        return any(is_padded(member, name, lengths) for name, member in value.items())
    if isinstance(value, list):
        return any(is_padded(item, name, lengths) for item in value)
    if not isinstance(value, str) or name not in lengths:
        return False
    return len(value.strip()) <= lengths[name] < len(value)


def mend_due_dates(body):
    """The document names no time zones, and says in words that a time zone needs a time."""
    if isinstance(body, list):
        for item in body:
            mend_due_dates(item)
    elif isinstance(body, dict):
        for name, member in body.items():
            if name == "due" and isinstance(member, dict) and member.get("timezone") is not None:
                member["timezone"] = "Europe/Rome" if member.get("time") is not None else None
            mend_due_dates(member)


def mend_moves(body):
    """The document says in words that a task is moved before or after another, not both."""
    operations = body.get("operations", [body]) if isinstance(body, dict) else []
    for operation in operations:
        if isinstance(operation, dict) and operation.get("before") and operation.get("after"):
            del operation["before"]


def mend_parents(body):
    """A parent is a live task that has none itself."""
    if isinstance(body, list):
        for item in body:
            mend_parents(item)
    elif isinstance(body, dict):
        if "parent_id" in body:
            body["parent_id"] = None
        for member in body.values():
            mend_parents(member)


def fill(name, body, user, is_stateful):
    match name:
        case "preview_recurrence":
            # The document says in words which members of a rule go together.
            body["recurrence"] = {"frequency": "monthly", "by_day": [{"day": "fr", "nth": -1}]}
            if body.get("after"):
                body["after"] = "2026-11-21"
        case "move_task":
            for neighbour in ("before", "after"):
                if body.get(neighbour):
                    body[neighbour] = user.task()
        case "login_account":
            body.update(email=user.email, password=PASSWORD)
        case "refresh_session":
            body["refresh_token"] = User(user.base_url).refresh_token
        case "verify_token":
            body["token"] = user.token
        case "change_password":
            body["current_password"] = PASSWORD
        case "delete_user":
            body["password"] = PASSWORD
        case "register_account":
            body["email"] = f"{uuid.uuid4()}@example.com"
        case "patch_task" if is_stateful:
            # Whether a part of a due date is valid depends on the parts that are there.
            body.pop("due", None)
