"""The documents that the rules rest on. Facts are restated from them, never quoted."""

from __future__ import annotations

from dataclasses import dataclass

_MICROSOFT = "Microsoft"
_LEARN = "https://learn.microsoft.com/"
_SYNC = f"{_LEARN}troubleshoot/power-platform/dataverse/email-exchange-synchronization/"
_ADMIN = f"{_LEARN}power-platform/admin/"
_EXCHANGE = f"{_LEARN}openspecs/exchange_server_protocols/"
_RFC = "https://www.rfc-editor.org/rfc/rfc"


@dataclass(frozen=True, slots=True)
class Reference:
    """A source."""

    ident: str
    """Stable name that reasons carry."""
    title: str
    publisher: str
    where: str
    """Public address."""
    date: str | None = None
    """Date that the document gives itself (ISO 8601, or a year); None: undated."""
    read: str = "2026-11"
    """When the page was last read."""


_ALL = (
    Reference(
        "KB4490718",
        "Email fails to synchronize to Microsoft Dynamics 365 when encoded with PEC",
        _MICROSOFT,
        "https://support.microsoft.com/topic/631b7dd7-f797-8cc2-046c-313ea7e724f7",
    ),
    Reference(
        "ms-smime-tracking",
        "Track S/MIME signed emails (Dynamics 365 App for Outlook)",
        _MICROSOFT,
        "https://github.com/MicrosoftDocs/dynamics-365-customer-engagement/blob/main/ce/outlook-app/User/s-mime-email.md",
        "2021-05-20",
    ),
    Reference(
        "sss-setup",
        "Set up server-side synchronization of email, appointments, contacts, and tasks",
        _MICROSOFT,
        f"{_ADMIN}set-up-server-side-synchronization-of-email-appointments-contacts-and-tasks",
        "2022-01-21",
    ),
    Reference(
        "hh699695",
        "Email Router tasks and components",
        _MICROSOFT,
        f"{_LEARN}previous-versions/dynamicscrm-2016/administering-dynamics-365/hh699695(v=crm.8)",
        "2016",
    ),
    Reference(
        "sss-troubleshooting",
        "Troubleshooting and monitoring server-side synchronization",
        _MICROSOFT,
        f"{_SYNC}troubleshooting-monitoring-server-side-synchronization",
        "2025-02-20",
    ),
    Reference(
        "emails-not-tracked",
        "Emails aren't automatically tracked or synchronized",
        _MICROSOFT,
        f"{_SYNC}emails-not-automatically-tracked-or-synchronized",
        "2024-11-11",
    ),
    Reference(
        "KB4053783",
        "Error when creating an incoming email in Dynamics 365 (InvalidSender, InvalidForwardMailItem)",
        _MICROSOFT,
        f"{_SYNC}error-when-creating-an-incoming-email",
        "2024-12-12",
    ),
    Reference(
        "KB4471762",
        "UnknownIncomingEmailIntegrationError when receiving email",
        _MICROSOFT,
        f"{_SYNC}exception-appears-server-side-sync",
        "2024-12-31",
    ),
    Reference(
        "KB4339830",
        "Email fails to be created with a NoRecipientMatch error",
        _MICROSOFT,
        f"{_SYNC}email-fails-to-create-with-norecipientmatch-error",
        "2025-04-17",
    ),
    Reference(
        "KB4339987",
        "An email fails to be created with a Duplicate error",
        _MICROSOFT,
        f"{_LEARN}troubleshoot/dynamics-365/sales/an-email-fails-be-created-with-duplicate",
    ),
    Reference(
        "KB4522769",
        "Attachments not tracked to Dynamics 365 after Defender for Office 365 is enabled",
        _MICROSOFT,
        f"{_LEARN}troubleshoot/power-platform/dataverse/d365-app-outlook/attachments-not-tracked-to-dynamics-365-after-office-365-atp-is-enabled",
        "2025-04-17",
    ),
    Reference(
        "orgdborgsettings",
        "OrgDBOrgSettings for server-side synchronization",
        _MICROSOFT,
        f"{_ADMIN}OrgDbOrgSettings",
        "2021-08-12",
    ),
    Reference("settings-email", "Manage email settings", _MICROSOFT, f"{_ADMIN}settings-email", "2018-08-10"),
    Reference(
        "system-settings-email",
        "System Settings dialog box, Email tab",
        _MICROSOFT,
        f"{_ADMIN}system-settings-dialog-box-email-tab",
        "2021-02-17",
    ),
    Reference(
        "system-settings-general",
        "System Settings dialog box, General tab",
        _MICROSOFT,
        f"{_ADMIN}system-settings-dialog-box-general-tab",
        "2020-11-30",
    ),
    Reference(
        "files-images-overview",
        "Files and images overview (blocked file types)",
        _MICROSOFT,
        f"{_LEARN}power-apps/developer/data-platform/files-images-overview",
        "2023-02-02",
    ),
    Reference(
        "email-table",
        "Email (Email) table reference",
        _MICROSOFT,
        f"{_LEARN}power-apps/developer/data-platform/reference/entities/email",
    ),
    Reference(
        "attachment-table",
        "Attachment (ActivityMimeAttachment) table reference",
        _MICROSOFT,
        f"{_LEARN}power-apps/developer/data-platform/reference/entities/activitymimeattachment",
    ),
    Reference(
        "invalid-characters",
        "Manage invalid characters in field values",
        _MICROSOFT,
        f"{_LEARN}power-apps/developer/data-platform/best-practices/work-with-data/invalidcharactersinfield",
        "2021-08-09",
    ),
    Reference(
        "training-email-options",
        "Training: server-side synchronization, configure email processing options",
        _MICROSOFT,
        f"{_LEARN}training/modules/use-services-model-driven-apps/server-side-sync",
    ),
    Reference(
        "sensitivity-labels",
        "Use sensitivity labels for emails (Customer Service)",
        _MICROSOFT,
        f"{_LEARN}dynamics365/customer-service/use/use-sensitivity-labels",
        "2026-05-01",
    ),
    Reference(
        "ms-oxosmime",
        "MS-OXOSMIME: S/MIME Email Object Algorithm, sections 2.1.3.1 and 2.1.3.2",
        _MICROSOFT,
        f"{_EXCHANGE}ms-oxosmime/",
    ),
    Reference(
        "ms-oxormms",
        "MS-OXORMMS: Rights-Managed Email Object Protocol, sections 2.2.3.1 and 2.2.3.2",
        _MICROSOFT,
        f"{_EXCHANGE}ms-oxormms/",
    ),
    Reference(
        "ms-oxcmail",
        "MS-OXCMAIL: RFC 2822 and MIME to Email Object Conversion Algorithm",
        _MICROSOFT,
        f"{_EXCHANGE}ms-oxcmail/",
    ),
    Reference(
        "message-classes",
        "Item types and message classes",
        _MICROSOFT,
        f"{_LEARN}office/vba/outlook/concepts/forms/item-types-and-message-classes",
        "2019-06-08",
    ),
    Reference(
        "mail-flow-rules",
        "Mail flow rules in Exchange Online: conditions, actions, protected messages",
        _MICROSOFT,
        f"{_LEARN}exchange/security-and-compliance/mail-flow-rules/mail-flow-rules",
        "2021-07-14",
    ),
    Reference(
        "transport-decryption",
        "Transport decryption",
        _MICROSOFT,
        f"{_LEARN}exchange/transport-decryption-exchange-2013-help",
        "2021-07-14",
    ),
    Reference(
        "ome-rules",
        "Define mail flow rules to encrypt email messages",
        _MICROSOFT,
        f"{_LEARN}purview/define-mail-flow-rules-to-encrypt-email",
    ),
    Reference(
        "message-security-type",
        "MessageSecurityType enumeration (Exchange Server)",
        _MICROSOFT,
        f"{_LEARN}previous-versions/office/exchange-server-api/aa566247(v=exchg.150)",
    ),
    Reference(
        "read-add-ins",
        "Create Outlook add-ins for read forms",
        _MICROSOFT,
        f"{_LEARN}outlook/add-ins/read-scenario",
    ),
    Reference(
        "app-appointments",
        "Dynamics 365 App for Outlook, part 5: working with appointments (Microsoft field blog; read in copies)",
        _MICROSOFT,
        "https://businessintelligenceinfo.com",
        "2018-12-07",
    ),
    Reference(
        "email-router-retirement",
        "Migrate settings from the Email Router to server-side synchronization",
        _MICROSOFT,
        f"{_LEARN}previous-versions/dynamicscrm-2016/administering-dynamics-365/dn832114(v=crm.8)",
    ),
    Reference(
        "msip-labels",
        "Email handling with sensitivity labels (msip_labels)",
        "Australian Signals Directorate",
        "https://blueprint.asd.gov.au/design/shared-services/purview/email-handling",
    ),
    Reference("rfc6109", "RFC 6109: La Posta Elettronica Certificata", "IETF", f"{_RFC}6109", "2011-04"),
    Reference("rfc8551", "RFC 8551: S/MIME 4.0 Message Specification", "IETF", f"{_RFC}8551", "2019-04"),
    Reference("rfc3156", "RFC 3156: MIME Security with OpenPGP", "IETF", f"{_RFC}3156", "2001-08"),
    Reference("rfc5322", "RFC 5322: Internet Message Format", "IETF", f"{_RFC}5322", "2008-10"),
    Reference("rfc2046", "RFC 2046: MIME, Media Types", "IETF", f"{_RFC}2046", "1996-11"),
    Reference("rfc3834", "RFC 3834: Automatic Responses to Electronic Mail", "IETF", f"{_RFC}3834", "2004-08"),
    Reference("rfc5546", "RFC 5546: iTIP", "IETF", f"{_RFC}5546", "2009-12"),
    Reference("rfc6522", "RFC 6522: multipart/report", "IETF", f"{_RFC}6522", "2012-01"),
    Reference(
        "xml10",
        "Extensible Markup Language 1.0, production 2 (Char)",
        "W3C",
        "https://www.w3.org/TR/xml/",
        "2008",
    ),
)

REFERENCES: dict[str, Reference] = {reference.ident: reference for reference in _ALL}
"""Every source by its ident, in the order in which they are listed."""
