DROP TABLE refresh_secrets;
DROP TABLE sessions;
