// Starts the app: asks whether the session is good, then draws.

import './tokens.css'
import './app.css'
import { mount } from 'svelte'
import App from './App.svelte'
import { session } from './state/session.svelte.ts'

void session.check()

const target = document.getElementById('app')
if (!target) throw new Error('index.html has no #app')
mount(App, { target })
