DROP TABLE account_links;
DROP TABLE account_emails;
DROP TABLE accounts;
