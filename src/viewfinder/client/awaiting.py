"""Every call of the API as a method of the client that is awaited.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from viewfinder.client.operations import (
    account,
    asking,
    conversations,
    exports,
    governing,
    media,
    mine,
    videos,
    work,
)
from viewfinder.client.senders import AsyncSender, awaits, iterates


class AsyncCalls(AsyncSender):
    """A method for each operation, under its name in the document."""

    # account
    lives = awaits(account.lives)
    is_ready = awaits(account.is_ready)
    metrics = awaits(account.metrics)
    me = awaits(account.me)
    choose_purpose = awaits(account.choose_purpose)
    change_password = awaits(account.change_password)
    list_accounts = awaits(account.list_accounts)
    add_account = awaits(account.add_account)
    remove_account = awaits(account.remove_account)
    list_tokens = awaits(account.list_tokens)
    make_token = awaits(account.make_token)
    revoke_token = awaits(account.revoke_token)
    # asking
    plan = awaits(asking.plan)
    search = awaits(asking.search)
    search_image = awaits(asking.search_image)
    similar_moments = awaits(asking.similar_moments)
    ask_by_address = awaits(asking.ask_by_address)
    ask_by_address_events = iterates(asking.ask_by_address)
    ask = awaits(asking.ask)
    ask_events = iterates(asking.ask)
    ask_stream = iterates(asking.ask_stream)
    # conversations
    list_conversations = awaits(conversations.list_conversations)
    start_conversation = awaits(conversations.start_conversation)
    start_conversation_events = iterates(conversations.start_conversation)
    take_turn = awaits(conversations.take_turn)
    take_turn_events = iterates(conversations.take_turn)
    get_conversation = awaits(conversations.get_conversation)
    forget_conversation = awaits(conversations.forget_conversation)
    export_conversation = awaits(conversations.export_conversation)
    replay_conversation = awaits(conversations.replay_conversation)
    # videos
    list_videos = awaits(videos.list_videos)
    get_video = awaits(videos.get_video)
    get_notes = awaits(videos.get_notes)
    get_transcript = awaits(videos.get_transcript)
    export_transcript = awaits(videos.export_transcript)
    get_shots = awaits(videos.get_shots)
    get_segments = awaits(videos.get_segments)
    forget_video = awaits(videos.forget_video)
    # media
    get_media = awaits(media.get_media)
    get_playback = awaits(media.get_playback)
    get_media_part = awaits(media.get_media_part)
    get_thumbnail = awaits(media.get_thumbnail)
    get_sprite = awaits(media.get_sprite)
    get_sprite_index = awaits(media.get_sprite_index)
    get_captions = awaits(media.get_captions)
    # work
    upload_options = awaits(work.upload_options)
    create_upload = awaits(work.create_upload)
    get_upload = awaits(work.get_upload)
    head_upload = awaits(work.head_upload)
    append_upload = awaits(work.append_upload)
    end_upload = awaits(work.end_upload)
    list_jobs = awaits(work.list_jobs)
    add_footage = awaits(work.add_footage)
    get_job = awaits(work.get_job)
    cancel_job = awaits(work.cancel_job)
    retry_job = awaits(work.retry_job)
    follow_job = iterates(work.follow_job)
    list_webhooks = awaits(work.list_webhooks)
    add_webhook = awaits(work.add_webhook)
    remove_webhook = awaits(work.remove_webhook)
    ping_webhook = awaits(work.ping_webhook)
    list_deliveries = awaits(work.list_deliveries)
    # mine
    list_collections = awaits(mine.list_collections)
    make_collection = awaits(mine.make_collection)
    get_collection = awaits(mine.get_collection)
    change_collection = awaits(mine.change_collection)
    forget_collection = awaits(mine.forget_collection)
    put_item = awaits(mine.put_item)
    change_item = awaits(mine.change_item)
    take_item_out = awaits(mine.take_item_out)
    list_searches = awaits(mine.list_searches)
    save_search = awaits(mine.save_search)
    change_search = awaits(mine.change_search)
    forget_search = awaits(mine.forget_search)
    run_search = awaits(mine.run_search)
    list_judgements = awaits(mine.list_judgements)
    judge_moment = awaits(mine.judge_moment)
    judge_answer = awaits(mine.judge_answer)
    forget_judgement = awaits(mine.forget_judgement)
    export_judgements = awaits(mine.export_judgements)
    list_corrections = awaits(mine.list_corrections)
    put_right = awaits(mine.put_right)
    take_back = awaits(mine.take_back)
    compare_moments = awaits(mine.compare_moments)
    # exports
    export_clip = awaits(exports.export_clip)
    export_still = awaits(exports.export_still)
    export_contact_sheet = awaits(exports.export_contact_sheet)
    export_citation = awaits(exports.export_citation)
    export_answer = awaits(exports.export_answer)
    export_timeline = awaits(exports.export_timeline)
    # governing
    list_people = awaits(governing.list_people)
    list_purposes = awaits(governing.list_purposes)
    get_access = awaits(governing.get_access)
    restrict_video = awaits(governing.restrict_video)
    list_consent = awaits(governing.list_consent)
    note_consent = awaits(governing.note_consent)
    withdraw_consent = awaits(governing.withdraw_consent)
    list_holds = awaits(governing.list_holds)
    place_hold = awaits(governing.place_hold)
    review_hold = awaits(governing.review_hold)
    release_hold = awaits(governing.release_hold)
    preview_retention = awaits(governing.preview_retention)
    run_retention = awaits(governing.run_retention)
    list_overrides = awaits(governing.list_overrides)
    ask_override = awaits(governing.ask_override)
    answer_override = awaits(governing.answer_override)
    list_switches = awaits(governing.list_switches)
    turn_switch = awaits(governing.turn_switch)
    list_alarms = awaits(governing.list_alarms)
    list_profiles = awaits(governing.list_profiles)
    diff_profiles = awaits(governing.diff_profiles)
    use_profile = awaits(governing.use_profile)
    list_log = awaits(governing.list_log)
    who_saw_video = awaits(governing.who_saw_video)
    verify_log = awaits(governing.verify_log)
    prove_line = awaits(governing.prove_line)
    get_log_key = awaits(governing.get_log_key)
    sign_log = awaits(governing.sign_log)
    bundle_log = awaits(governing.bundle_log)
    get_facts = awaits(governing.get_facts)
    get_counts = awaits(governing.get_counts)
    get_document = awaits(governing.get_document)
    list_models = awaits(governing.list_models)
    get_health = awaits(governing.get_health)
    certify_video = awaits(governing.certify_video)
    get_provenance = awaits(governing.get_provenance)
    pack_subject = awaits(governing.pack_subject)
    scrub = awaits(governing.scrub)
