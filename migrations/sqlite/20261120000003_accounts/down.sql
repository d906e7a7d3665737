DROP TABLE account_emails;
DROP TABLE accounts;
