"""Every call of the API as a method of the client that waits.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from viewfinder.client.operations import (
    account,
    asking,
    conversations,
    governing,
    jobs,
    media,
    server,
    uploads,
    videos,
    webhooks,
)
from viewfinder.client.senders import Sender, waits, yields


class Calls(Sender):
    """A method for each operation, under its name in the document."""

    # server
    lives = waits(server.lives)
    is_ready = waits(server.is_ready)
    metrics = waits(server.metrics)
    # account
    me = waits(account.me)
    choose_purpose = waits(account.choose_purpose)
    change_password = waits(account.change_password)
    list_accounts = waits(account.list_accounts)
    add_account = waits(account.add_account)
    remove_account = waits(account.remove_account)
    list_tokens = waits(account.list_tokens)
    make_token = waits(account.make_token)
    revoke_token = waits(account.revoke_token)
    # asking
    plan = waits(asking.plan)
    search = waits(asking.search)
    search_image = waits(asking.search_image)
    similar_moments = waits(asking.similar_moments)
    ask_by_address = waits(asking.ask_by_address)
    ask_by_address_events = yields(asking.ask_by_address)
    ask = waits(asking.ask)
    ask_events = yields(asking.ask)
    ask_stream = yields(asking.ask_stream)
    # conversations
    list_conversations = waits(conversations.list_conversations)
    start_conversation = waits(conversations.start_conversation)
    start_conversation_events = yields(conversations.start_conversation)
    take_turn = waits(conversations.take_turn)
    take_turn_events = yields(conversations.take_turn)
    get_conversation = waits(conversations.get_conversation)
    forget_conversation = waits(conversations.forget_conversation)
    export_conversation = waits(conversations.export_conversation)
    replay_conversation = waits(conversations.replay_conversation)
    # videos
    list_videos = waits(videos.list_videos)
    get_video = waits(videos.get_video)
    get_notes = waits(videos.get_notes)
    get_transcript = waits(videos.get_transcript)
    export_transcript = waits(videos.export_transcript)
    get_shots = waits(videos.get_shots)
    get_segments = waits(videos.get_segments)
    forget_video = waits(videos.forget_video)
    # media
    get_media = waits(media.get_media)
    get_playback = waits(media.get_playback)
    get_media_part = waits(media.get_media_part)
    get_thumbnail = waits(media.get_thumbnail)
    get_sprite = waits(media.get_sprite)
    get_sprite_index = waits(media.get_sprite_index)
    get_captions = waits(media.get_captions)
    # uploads
    upload_options = waits(uploads.upload_options)
    create_upload = waits(uploads.create_upload)
    get_upload = waits(uploads.get_upload)
    head_upload = waits(uploads.head_upload)
    append_upload = waits(uploads.append_upload)
    end_upload = waits(uploads.end_upload)
    # jobs
    list_jobs = waits(jobs.list_jobs)
    add_footage = waits(jobs.add_footage)
    get_job = waits(jobs.get_job)
    cancel_job = waits(jobs.cancel_job)
    retry_job = waits(jobs.retry_job)
    follow_job = yields(jobs.follow_job)
    # webhooks
    list_webhooks = waits(webhooks.list_webhooks)
    add_webhook = waits(webhooks.add_webhook)
    remove_webhook = waits(webhooks.remove_webhook)
    ping_webhook = waits(webhooks.ping_webhook)
    list_deliveries = waits(webhooks.list_deliveries)
    # governing
    list_people = waits(governing.list_people)
    list_purposes = waits(governing.list_purposes)
    get_access = waits(governing.get_access)
    restrict_video = waits(governing.restrict_video)
    list_consent = waits(governing.list_consent)
    note_consent = waits(governing.note_consent)
    withdraw_consent = waits(governing.withdraw_consent)
    list_holds = waits(governing.list_holds)
    place_hold = waits(governing.place_hold)
    review_hold = waits(governing.review_hold)
    release_hold = waits(governing.release_hold)
    preview_retention = waits(governing.preview_retention)
    run_retention = waits(governing.run_retention)
    list_overrides = waits(governing.list_overrides)
    ask_override = waits(governing.ask_override)
    answer_override = waits(governing.answer_override)
    list_switches = waits(governing.list_switches)
    turn_switch = waits(governing.turn_switch)
    list_alarms = waits(governing.list_alarms)
    list_profiles = waits(governing.list_profiles)
    diff_profiles = waits(governing.diff_profiles)
    use_profile = waits(governing.use_profile)
    list_log = waits(governing.list_log)
    who_saw_video = waits(governing.who_saw_video)
    verify_log = waits(governing.verify_log)
    prove_line = waits(governing.prove_line)
    bundle_log = waits(governing.bundle_log)
    get_facts = waits(governing.get_facts)
    get_counts = waits(governing.get_counts)
    get_document = waits(governing.get_document)
    list_models = waits(governing.list_models)
    get_health = waits(governing.get_health)
    certify_video = waits(governing.certify_video)
    scrub = waits(governing.scrub)
