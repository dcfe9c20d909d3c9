export default function P() { return <div class="page"><h1>settings</h1></div>; }
