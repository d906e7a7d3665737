DROP TABLE refresh_secrets;
DROP TABLE sessions;
DROP TABLE account_emails;
DROP TABLE accounts;
