"""What a message is judged by where the caller does not say: one place for the defaults of every entry."""

from __future__ import annotations

from pecdetect.limits import Limits
from pecdetect.profile import Profile

_LIMITS = Limits()
_PROFILE = Profile()


def settings(profile: Profile | None, limits: Limits | None, verify: None) -> tuple[Profile, Limits]:
    """Give the profile and the limits to judge by, the defaults for None. Raises ``TypeError``."""
    profile = _PROFILE if profile is None else profile
    limits = _LIMITS if limits is None else limits
    if not isinstance(profile, Profile) or not isinstance(limits, Limits):
        raise TypeError("profile must be a Profile and limits a Limits")
    if verify is not None:
        raise TypeError("verify must be None: this version verifies no signatures")
    return profile, limits
