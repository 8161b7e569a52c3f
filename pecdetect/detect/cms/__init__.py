"""CMS (RFC 5652): BER as it is written, certificates, and what a CMS object says of itself."""
