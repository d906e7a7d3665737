DROP TABLE known_addresses;
DROP TABLE spent_secrets;
DROP TABLE sessions;
