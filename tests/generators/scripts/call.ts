// Drives the client that openapi-generator makes for TypeScript: node call.js <base URL>.

import { AccountsApi, Configuration, ResponseError, TasksApi } from "./client/index";

async function main(basePath: string): Promise<void> {
  const registration = { email: "generated@example.net", password: "correct horse battery staple" };
  const { accessToken } = await new AccountsApi(new Configuration({ basePath })).registerAccount({ registration });
  const tasks = new TasksApi(new Configuration({ basePath, accessToken }));
  const { id, title } = await tasks.createTask({ taskDraft: { title: "Buy milk", tags: ["home"] } });
  const page = await tasks.listTasks({ completed: false, tag: ["home"], due: "none" });
  if (page.items.map((task) => task.title).join() !== title) throw new Error(JSON.stringify(page));
  await tasks.deleteTask({ id });
  const error: unknown = await tasks.getTask({ id }).catch((error: unknown) => error);
  if (!(error instanceof ResponseError) || error.response.status !== 404) throw error;
  console.log("the calls were answered");
}

void main(process.argv[2] ?? "");
