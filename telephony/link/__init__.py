"""The link to an exchange: the Asterisk Manager Interface over TCP or TLS, made safe."""
