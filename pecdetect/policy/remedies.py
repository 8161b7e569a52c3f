"""What a person can do about a reason: the steps, what is lost on the way, and what the remedy is not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something to do, or not to bother with."""

    ident: str
    """Stable name that reasons carry."""
    title: str
    steps: str
    """What to do, in order."""
    loses: str
    """What is gone afterwards."""
    is_not: str
    """What it is easily mistaken for, or does not achieve."""
    references: tuple[str, ...] = ()
    """Idents of sources; empty: nobody documents it, it follows from how mail works."""
    helps: bool = True
    """False for a measure that is often tried and does not help."""


_ALL = (
    Remedy(
        "forward",
        "Forward it inline from an ordinary mailbox",
        "Archive the original file first. Open the message in a mailbox that is not a PEC mailbox, choose Forward "
        "(inline), switch signing and encryption off for the new message, and send it to the mailbox that Dynamics "
        "365 synchronises. With a PEC, open postacert.eml and forward that, so that the sender's own text and "
        "attachments arrive and not only the provider's notice.",
        "The signature, which for a PEC is the provider's legal evidence; the original sender: the forwarder "
        "becomes the sender, so the record no longer matches the original contact by itself.",
        "Not a server-side redirect or resend, which keep the signed structure; not a forward from a PEC address, "
        "which makes a new PEC; not from a client that signs by default, which makes a new signed message; not a "
        "forward as attachment, which brings the original only as an .eml file.",
        ("KB4490718",),
    ),
    Remedy(
        "write-to-ordinary-address",
        "Ask the sender to write to an ordinary address",
        "Tell the sender that an ordinary message to a PEC address arrives in an anomaly envelope, and give an "
        "ordinary address of a mailbox that Dynamics 365 synchronises.",
        "Nothing: the content of an anomaly envelope was not certified in the first place.",
        "Not a way to get certified mail into Dynamics 365.",
        ("rfc6109",),
    ),
    Remedy(
        "unwrap-at-gateway",
        "Unwrap signed mail before delivery",
        "Let a mail gateway deliver the content of the signed envelope (for a PEC: postacert.eml) as a message of "
        "its own to the synchronised mailbox, and keep the envelope as received in an archive.",
        "In the delivered copy the signature; the archive keeps it.",
        "Not a Microsoft feature and not documented by Microsoft; not an Exchange mail-flow rule, which has no "
        "action for it.",
    ),
    Remedy(
        "decrypt-original",
        "Decrypt the original, then send its content on",
        "Save postacert.eml, open it in a client that holds the recipient's private key (or the right to open it), "
        "then write a new unprotected message with its text and attachments to the synchronised mailbox.",
        "The sender's encryption: the copy in Dynamics 365 is readable to all who may read the record.",
        "Not a forward of the envelope or of postacert.eml as it is: that only carries the ciphertext along.",
    ),
    Remedy(
        "ask-unprotected",
        "Ask the sender for an unprotected copy",
        "Ask the sender to send the message again without encryption, or by another protected way whose content "
        "need not be in Dynamics 365.",
        "The sender's protection of the content.",
        "Not a repair of the message at hand.",
    ),
    Remedy(
        "decrypt-then-track",
        "Decrypt it in Outlook, then track it",
        "Open the message in classic Outlook on a machine that holds the private key, so that it is decrypted, and "
        "track it there with Dynamics 365 App for Outlook.",
        "The encryption: the copy in Dynamics 365 is not encrypted.",
        "Not possible in every client: the add-in is not offered on protected items in some of them; not automatic.",
        ("ms-smime-tracking", "read-add-ins"),
    ),
    Remedy(
        "track-and-open-p7m",
        "Track it with App for Outlook and open the .p7m with an S/MIME reader",
        "Track the message by hand with Dynamics 365 App for Outlook (Outlook 2016 Click-to-Run build "
        "16.0.8730.1000 or later); on the record save smime.p7m and open it with an S/MIME-capable mail program.",
        "Attachments as such: they stay inside smime.p7m.",
        "Not automatic synchronisation, and no way to search the content of smime.p7m in Dynamics 365.",
        ("ms-smime-tracking",),
    ),
    Remedy(
        "remove-rights-protection",
        "Remove rights protection in a mail-flow rule",
        "In Exchange add a mail-flow rule with the condition that the recipient is inside the organisation and the "
        "action that removes Office 365 Message Encryption and rights protection (RemoveOMEv2).",
        "The protection, for every message that the rule matches.",
        "Not for S/MIME; not for protection that your organisation cannot open: it covers what the organisation "
        "applied itself and encrypt-only mail.",
        ("mail-flow-rules", "ome-rules"),
    ),
    Remedy(
        "remove-legacy-encryption",
        "Remove old Office 365 Message Encryption in a mail-flow rule",
        "In Exchange add a mail-flow rule with the action RemoveOME.",
        "The encryption, for every message that the rule matches.",
        "Not for messages from outside: it works on messages sent within the organisation only.",
        ("mail-flow-rules",),
    ),
    Remedy(
        "transport-decryption",
        "Transport decryption",
        "Set-IRMConfiguration -TransportDecryptionSetting Optional or Mandatory.",
        "Nothing.",
        "Not a remedy: the message is protected again before it leaves transport, so the mailbox holds it as it came.",
        ("transport-decryption",),
        helps=False,
    ),
    Remedy(
        "decrypt-on-download",
        "Decrypt attachments of encrypt-only mail",
        "Set-IRMConfiguration -DecryptAttachmentForEncryptOnly $true.",
        "The protection of an attachment once a recipient has opened or saved it.",
        "Not a remedy for synchronisation: the message in the mailbox stays protected.",
        ("ome-rules",),
        helps=False,
    ),
    Remedy(
        "smime-mail-flow-rule",
        "A mail-flow rule on S/MIME",
        "Exchange mail-flow rules can match signed and encrypted messages by their type.",
        "Nothing.",
        "Not a remedy: no built-in action removes S/MIME; of encrypted mail a rule sees the envelope and the "
        "header only.",
        ("mail-flow-rules",),
        helps=False,
    ),
    Remedy(
        "allow-irm-sync",
        "Allow rights-managed mail to synchronise",
        "In the Power Platform admin center, environment settings, Email, turn on the option to synchronise "
        "information rights management-enabled emails (RestrictIRMEmailItems false), then say so in the profile "
        "(irm_sync = true).",
        "Nothing in the message.",
        "Not a promise of a readable body: it lets the item in, and the text in it may be the notice only.",
        ("orgdborgsettings", "settings-email"),
    ),
    Remedy(
        "enable-sensitivity-labels",
        "Turn on sensitivity labels for e-mail",
        "Turn the feature on for the environment; it needs Exchange Online in the same tenant with "
        "server-to-server authentication, and a mailbox user who has rights under the label.",
        "Nothing.",
        "Not decryption: whether the protected body is then readable in Dynamics 365 is not stated.",
        ("sensitivity-labels",),
    ),
    Remedy(
        "raise-attachment-limit",
        "Raise the maximum file size for attachments",
        "In the Power Platform admin center, environment settings, Email, raise the maximum file size for "
        "attachments (131,072 KB is the most), then say so in the profile (max_attachment_kb).",
        "Nothing in the message; storage and time in Dynamics 365: one page advises against more than 32,768 KB.",
        "Not a way past the limit on the whole message.",
        ("settings-email", "system-settings-email"),
    ),
    Remedy(
        "share-a-link",
        "Send the file another way",
        "Ask the sender to put the file in a shared place and to send a link, or to split the message.",
        "The file as part of the record.",
        "Not a repair of the message at hand.",
    ),
    Remedy(
        "edit-blocked-extensions",
        "Change the blocked file extensions",
        "Decide with those who are responsible for security; then in the environment settings take the extension "
        "off the list of blocked file extensions, or ask the sender to send the file inside a zip archive.",
        "The protection that the list gives, for every record and not only for e-mail.",
        "Not retroactive: an attachment that was skipped does not come by itself.",
        ("system-settings-general", "files-images-overview"),
    ),
    Remedy(
        "change-safe-attachments",
        "Use another Safe Attachments action than Dynamic Delivery",
        "In Microsoft Defender for Office 365 change the Safe Attachments policy of the synchronised mailboxes "
        "from Dynamic Delivery to another action, for instance Block.",
        "Time: mail with attachments is delivered after the scan.",
        "Not a repair of messages that were already tracked: save their attachments from the mailbox.",
        ("KB4522769",),
    ),
    Remedy(
        "correct-addresses",
        "Correct the addresses at the source",
        "Have the sending system put a full address (name@domain) into From, To and Cc, and send again; for mail "
        "already received forward it, which writes these fields anew.",
        "With a forward the original sender: the forwarder becomes the sender.",
        "Not a setting in Dynamics 365.",
        ("KB4053783", "KB4471762"),
    ),
    Remedy(
        "forward-as-attachment",
        "Forward as attachment to the Forward Mailbox",
        "Set the rule that feeds the Forward Mailbox to forward messages as an attachment, not inline.",
        "Nothing.",
        "Not for other mailboxes, where a forward as attachment hides the original in an .eml file.",
        ("KB4053783",),
    ),
    Remedy(
        "track-all-messages",
        "Track all e-mail messages of the mailbox",
        "In the personal options of the user, or on the queue, let all e-mail messages be tracked, then say so in "
        "the profile (tracks_all = true).",
        "The filter: everything that arrives is recorded.",
        "Not retroactive for messages that were looked at before.",
        ("emails-not-tracked", "KB4339830"),
    ),
    Remedy(
        "add-alias",
        "Add the address to the user or queue",
        "Put the alias or the list's address that the message was sent to on the record of the user or queue.",
        "Nothing.",
        "Not possible for a blind copy, whose address does not stand in the message.",
        ("KB4339830",),
    ),
    Remedy(
        "track-appointment",
        "Track the appointment",
        "Accept the meeting in Outlook, open the appointment in the calendar and track that.",
        "The text of the request as an e-mail record.",
        "Not a way to record the request or the answers to it.",
        ("app-appointments",),
    ),
    Remedy(
        "send-as-ordinary-mail",
        "Send the content as an ordinary message",
        "Open the item and forward it, or copy its content into a new message, to the synchronised mailbox.",
        "What made it this kind of item: voting, delivery status, task, form.",
        "Not a conversion that Dynamics 365 does.",
    ),
    Remedy(
        "open-at-portal",
        "Open the message at its portal and send the content on",
        "Open the wrapper as the sender's system asks, after making sure that the page it leads to is that of the "
        "product; then write a new message with the content to the synchronised mailbox.",
        "The sender's protection of the content.",
        "Not a forward of the wrapper, which carries the content no further; wrappers are often imitated by phishing.",
    ),
    Remedy(
        "decrypt-pgp",
        "Decrypt it with OpenPGP and send the content on",
        "Open the message in a client that holds the recipient's OpenPGP key and send the content in a new message "
        "to the synchronised mailbox.",
        "The encryption: the copy in Dynamics 365 is readable to all who may read the record.",
        "Not something that Outlook or Exchange does by themselves.",
        ("rfc3156",),
    ),
    Remedy(
        "remove-characters",
        "Send it again without the characters",
        "Forward the message after taking the characters out of subject, names or text; have the sending system "
        "mended.",
        "With a forward the original sender.",
        "Not visible on screen: control characters rarely are.",
        ("invalid-characters",),
    ),
    Remedy(
        "shorten-subject",
        "Shorten the subject",
        "Forward the message with a shorter subject.",
        "The full subject, and with a forward the original sender.",
        "Not a setting: the length belongs to the table.",
        ("email-table",),
    ),
    Remedy(
        "get-original-file",
        "Get the message as it was received",
        "Save it again from the mailbox as .eml, complete, or have the sender's or recipient's administrator "
        "export it; then have that file judged.",
        "Nothing.",
        "Not a copy made by a forward, which is another message.",
    ),
    Remedy(
        "scan-container",
        "Have the messages in it judged one by one",
        "Split the mailbox file, or unpack the archive, into a folder of single messages; then check that folder.",
        "Nothing.",
        "Not a single verdict: each message gets its own.",
    ),
    Remedy(
        "raise-limits",
        "Read it with higher limits",
        "Raise the limit that is named (Limits) and run again on a machine that can afford it.",
        "Protection against files made to exhaust memory or time.",
        "Not advisable for mail from strangers without need.",
    ),
    Remedy(
        "ask-resend",
        "Look at it in Outlook, or ask the sender to send it again",
        "Open the message in Outlook and compare with both readings; if it matters, ask the sender for the message "
        "again from another program.",
        "Nothing.",
        "Not a reason to trust the message: such a structure is rare in honest mail.",
    ),
    Remedy(
        "report-defect",
        "Report the defect",
        "Report it to the project with the version and the text of the reason; leave the message out if it is "
        "confidential.",
        "Nothing.",
        "Not a fault of the message: a verdict without the failed step is still to be had by hand.",
    ),
)

REMEDIES: dict[str, Remedy] = {remedy.ident: remedy for remedy in _ALL}
"""Every remedy by its ident."""
